// node.mjs LIBRARY ALG DIR SECONDS THREADS: verifications a second.
import { readFileSync } from 'node:fs'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { make } from '../peers/node.mjs'

// In milliseconds; with CLOCK=cpu those of the processor, over all threads of the process.
const usage = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const now = process.env.CLOCK === 'cpu' ? usage : () => performance.now()

async function rate([library, alg, dir, seconds]) {
  const key = JSON.parse(readFileSync(`${dir}/keys.json`, 'utf8'))[alg]
  const token = readFileSync(`${dir}/${alg}.token`, 'utf8')
  const verify = await make(library.replace(' cached', ''), alg, key, undefined, library.endsWith('cached'))
  if (!verify) return null
  for (let i = 0; i < 200; i++) await verify(token)
  const start = now()
  let calls = 0
  while (now() - start < seconds * 1000) for (let i = 0; i < 16; i++, calls++) await verify(token)
  return calls / ((now() - start) / 1000)
}
if (!isMainThread) parentPort.postMessage(await rate(workerData))
else {
  const threads = Number(process.argv[6])
  const one = () => new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: process.argv.slice(2, 6) })
    worker.on('message', done).on('error', fail)
  })
  const rates = threads === 1 ? [await rate(process.argv.slice(2, 6))] : await Promise.all(Array.from({ length: threads }, one))
  console.log(rates[0] === null ? 'none' : Math.round(rates.reduce((a, b) => a + b)))
}
