// Owns the limit of a row: bare node:http that does nothing but what no server can leave out of it.
// Plain JavaScript under bare `node`, as the other two contestants are.
// Usage: node limit.mjs FILE, where FILE holds a LimitSettings (limit.ts) as JSON.
import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { openDatabase } from '../../dist/store/sqlite-driver.js'

const { port, database, keys, needs, answer, location, row } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
)

const signOnThePool = promisify(sign)
const privateKeys = new Map(
  Object.entries(keys).map(([alg, key]) => [alg, createPrivateKey({ key, format: 'jwk' })]),
)

const db = openDatabase(database)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec('create table if not exists written (id integer primary key, value text not null)')
const [begin, commit, insert] = ['BEGIN IMMEDIATE', 'COMMIT', 'insert into written (value) values (?)'].map(
  (sql) => db.prepare(sql),
)

/** One transaction for all who write in one turn of the loop; it resolves when that is on disk. */
let open
function write() {
  if (open === undefined) {
    begin.run()
    open = new Promise((resolve) => {
      setImmediate(() => {
        commit.run()
        open = undefined
        resolve()
      })
    })
  }
  insert.run(row)
  return open
}

async function serve(request, response) {
  if (request.url === '/ready') return response.end()
  const query = request.url.indexOf('?')
  const given =
    request.method === 'POST'
      ? new URLSearchParams(await text(request))
      : query >= 0 && new URLSearchParams(request.url.slice(query + 1))
  if (given && [...given.keys()].length === 0) throw new Error('nothing was asked for')
  const need = needs[request.method]
  const written = need.writes ? write() : undefined
  // What is signed is about as long as the claims of a token.
  await Promise.all(need.signs.map((alg) => signOnThePool('sha256', Buffer.from(row), privateKeys.get(alg))))
  await written
  if (need.redirects) return response.writeHead(303, { location }).end()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
}

const server = http.createServer((request, response) => {
  serve(request, response).catch((error) => response.writeHead(500).end(String(error?.stack)))
})
server.keepAliveTimeout = 120_000
server.listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
