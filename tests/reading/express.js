// A small Express application behind the guard: each handler says which one it is. It is as Express is by default: no
// letter case in routes, a slash at the end does not count. The method comes from where `method-override` takes it.
const http = require('http')
const express = require('express')

const app = express()
const say = (name) => (req, res) => res.type('text').send([name, req.method, req.hostname, req.get('X-Batten-Subject') || '',
  req.get('X-Batten-Scopes') || '', req.get('X-User-Email') || ''].join(' '))

app.disable('x-powered-by')
app.set('trust proxy', true)
app.use(express.urlencoded({ extended: true }))
app.use((req, res, next) => {
  const asked = req.get('X-HTTP-Method-Override') || (req.body && req.body._method) || req.query._method
  if (req.method === 'POST' && typeof asked === 'string') req.method = asked.toUpperCase()
  next()
})
app.all('/health', say('PUBLIC'))
app.use('/admin', say('ADMIN'))
app.all('/api/users/:id', say('USER'))
app.use(say('OTHER'))
app.use((error, req, res, next) => res.status(400).type('text').send('NONE'))
http.createServer(app).listen(Number(process.argv[2]), '127.0.0.1')
