/* Operations: what is sent to the API, whose token goes with it, and what a description (OpenAPI,
 * Swagger) says of it. Part of scan.h; only that one is included from other modules. */
#ifndef BATTEN_SCAN_OPERATION_H
#define BATTEN_SCAN_OPERATION_H

#include "base/base.h"
#include "net/net.h"

/* Where the API expects its token. */
typedef enum { PLACE_BEARER, PLACE_HEADER, PLACE_COOKIE, PLACE_QUERY } place_kind;

typedef struct {
  place_kind kind;
  str name;   /* of the header, cookie or query parameter */
  str scheme; /* before the token in a header: "Token"; empty: the token alone */
} token_place;

/* header | header:NAME | header:NAME:raw | header:NAME:SCHEME | cookie:NAME | query:NAME */
bool token_place_parse(str text, token_place *out, error *e);
/* How the token stands in its header: a scheme's name before it, or "raw": nothing; ptr NULL: as is
 * usual for the header. */
bool token_place_form(token_place *place, str form, error *e);
/* The same as --token-in takes it. */
str token_place_text(arena *a, const token_place *place);

/* Somebody whom the API knows, by the token that --token or --as gives. */
typedef struct {
  str name;  /* "default" for --token, else the NAME of --as */
  str token; /* ptr NULL: none was given */
} identity;

typedef LIST(identity) identity_list;

/* ---- what a description says ----------------------------------------------------------------- */

typedef enum { IN_PATH, IN_QUERY, IN_HEADER, IN_COOKIE } parameter_in;

/* Where a value that is sent comes from, best first. */
typedef enum {
  VALUE_GIVEN,     /* example, examples, default, const or enum of the description */
  VALUE_HARVESTED, /* from an answer of the same API */
  VALUE_TYPED      /* made up from type and format: may name nothing that exists */
} value_source;

typedef struct {
  str name;
  parameter_in in;
  str type;   /* "string", "integer", "number", "boolean", "array", "object"; empty when not said */
  str format; /* "uuid", "date-time", "uri", "int64", ...; empty when not said */
  bool required;
  bool sent;      /* in the operation's own request: required, or in the path */
  bool bounded;   /* maximum, enum, const, pattern or maxLength limits it */
  double maximum; /* of a number; 0 when not said */
  str value;      /* one that should fit, before percent-encoding; ptr NULL: none could be made */
  value_source source;
  str file; /* where it is described, to be shown */
  unsigned line, column;
} parameter;

/* A field of a body, by its path: "user.roles[].name"; "[]" stands for the items of a list, "{}"
 * for any name in a map. A body that is a list begins with "[]". */
typedef struct {
  str path;
  str type, format; /* as of parameter */
  bool required, read_only, write_only, nullable;
  str_list choices; /* of an enum, those that are text */
} schema_field;

typedef LIST(schema_field) schema_field_list;

/* The body that the description declares for a request, or for one status of the answer. `open`
 * lists the paths ("" for the whole body) at and below which anything may stand: no schema, an
 * object without properties, an explicit `additionalProperties` or `patternProperties`, a schema
 * inside itself, more fields than are kept. JSON Schema allows further properties unless it is told
 * otherwise; what is merely not forbidden does not count as open. */
typedef struct {
  str status;       /* "200", "2XX", "default"; empty for a request body */
  str content_type; /* "application/json"; empty: no body declared */
  schema_field_list fields;
  str_list open;
} declared_body;

typedef LIST(declared_body) declared_body_list;

typedef enum {
  PROTECTION_UNKNOWN, /* the description has no security schemes at all: it says nothing */
  PROTECTION_PUBLIC,  /* it has some, and none is asked here, or an empty one is allowed */
  PROTECTION_NEEDED   /* a scheme is asked */
} protection;

typedef struct {
  str file; /* of the description, as given; for SARIF locations */
  unsigned line, column;
  str path;         /* "/users/{id}", with the base path before it: as in the URL */
  str operation_id; /* empty when not given */
  str_list tags;
  str summary;
  bool deprecated;
  bool discovered; /* the description was found on the target, not given */
  protection protection;
  str scheme;      /* name of the security scheme that its token is for; empty */
  str_list scopes; /* that the description asks for */
  LIST(parameter) parameters;
  declared_body_list
      bodies; /* of the request, one for each content type; the first is the one that is sent */
  declared_body_list responses; /* one for each status and content type */
} description;

/* The declared answer for a status: the exact one, its class ("2XX"), or "default"; NULL when there
 * is none. */
const declared_body *description_response(const description *d, int status);

/* ---- operations ------------------------------------------------------------------------------ */

/* One request that the API understands, and the good token that goes with it. */
typedef struct {
  str method;
  url url;
  http_headers headers; /* without the token */
  str body;
  token_place place;
  str token;                /* ptr NULL: none known */
  const description *about; /* NULL: no description says anything */
  bool recorded;            /* by a browser, which sends its token with all requests */
} operation;

typedef LIST(operation) operation_list;

/* Writes the values of its path parameters into the path of its URL. Nothing happens without a
 * description. */
void operation_set_path(arena *a, operation *o);

#endif
