// Traefik's ForwardAuth middleware, as Traefik's own code, between a client and an application.
package main

import (
	"context"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/middlewares/auth"
)

func main() {
	app, err := url.Parse(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(app)
	config := dynamic.ForwardAuth{Address: os.Args[2], AuthResponseHeaders: strings.Split(os.Args[4], ",")}
	config.SetDefaults()
	forward, err := auth.NewForward(context.Background(), next, config, "batten")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Args[1], forward))
}
