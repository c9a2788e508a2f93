// Reads cases (JSON lines) on standard input, writes {name: [verdict or null, ...]}.
import { readFileSync } from 'node:fs'
import { make, names } from '../peers/node.mjs'

const keys = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const cases = readFileSync(0, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
const out = {}
for (const name of names) {
  const verifiers = new Map()
  out[name] = []
  for (const { alg, typ, token } of cases) {
    const id = `${alg} ${typ}`
    if (!verifiers.has(id)) verifiers.set(id, await make(name, alg, keys[alg], typ))
    const verify = verifiers.get(id)
    if (!verify) { out[name].push(null); continue }
    try { await verify(token); out[name].push(true) } catch { out[name].push(false) }
  }
}
process.stdout.write(JSON.stringify(out))
