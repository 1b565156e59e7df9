// Owns rows in any number: copies of real ones under names of their own, written straight into a closed database.
import { openDatabase } from '../../src/store/sqlite-driver.js'
import type { Clients } from './scenario.js'

/** Ids as long as real ones and in the order of their rows, older than all real ones; `i` counts the rows. */
const id = (prefix: string) => `'${prefix}' || printf('1%015d', i)`

const own = { client: 'client', account: 'account', grant: 'access_grant' }
const noPlace = { status_list: 'null', status_index: 'null' }

/**
 * So many users, clients and grants more: each user has given one client a grant, and each client has the grant of its
 * own that real ones have.
 * @param file a database in which the user has given `clients.web` a grant and `clients.service` has a token
 */
export function plantCustomers(file: string, clients: Clients, count: number): void {
  const client = id(prefixOf(clients.service.id))
  plant(file, (copy) => {
    const person = { sub: id('u_'), username: id('planted-'), username_key: id('planted-') }
    copy(own.account, "username = 'ada'", count, { ...person, email: 'null', email_key: 'null' })
    const service = clients.service.id
    copy(own.client, `id = '${service}'`, count, { id: client, own_grant_id: id('o') })
    const itsOwn = `id = (select own_grant_id from client where id = '${service}')`
    copy(own.grant, itsOwn, count, { ...noPlace, id: id('o'), client_id: client })
    const given = { ...noPlace, id: id('g'), sub: id('u_'), client_id: client, sid: id('s') }
    copy(own.grant, givenTo(clients.web.id), count, given)
  })
}

/** So many grants that were over an hour ago. */
export function plantExpired(file: string, clients: Clients, count: number): void {
  const over = `${Math.floor(Date.now() / 1000) - 3600}`
  plant(file, (copy) => {
    const given = { ...noPlace, id: id('g'), sid: id('s'), expires_at: over, refresh_expires_at: over }
    copy(own.grant, givenTo(clients.web.id), count, given)
  })
}

/** How much of that the sweep has left; it goes by expiry, and then in the order in which rows were written. */
export function expiredLeft(file: string): 'all' | 'some' | 'none' {
  const db = openDatabase(file, { readonly: true })
  const over = Math.floor(Date.now() / 1000) - 3000
  const first = db.prepare(`select 1 from access_grant, (select 0 as i) where id = ${id('g')}`).get()
  const any = db.prepare('select 1 from access_grant where expires_at < ? limit 1').get(over)
  db.close()
  return first !== undefined ? 'all' : any !== undefined ? 'some' : 'none'
}

const givenTo = (client: string) => `client_id = '${client}' and kind <> 'client' and expires_at is not null`
const prefixOf = (real: string) => real.slice(0, -16)

/** Copies one row that a condition finds, with the changes. */
type Copy = (table: string, where: string, count: number, changes: Record<string, string>) => void

function plant(file: string, write: (copy: Copy) => void): void {
  const db = openDatabase(file)
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -1000000')
  const copy: Copy = (table, where, count, changes) => {
    const names = db.prepare('select name from pragma_table_info(?)').pluck().all(table) as string[]
    const unknown = Object.keys(changes).filter((name) => !names.includes(name))
    if (unknown.length > 0) throw new Error(`${table} has no ${unknown}`)
    const values = names.map((name) => changes[name] ?? `model."${name}"`)
    const { changes: made } = db
      .prepare(
        `with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${count})
        insert into ${table} ("${names.join('", "')}")
        select ${values} from (select * from ${table} where ${where} limit 1) as model, n`,
      )
      .run()
    if (made !== count) throw new Error(`${table}: ${made} rows instead of ${count}`)
  }
  db.transaction(() => write(copy))()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
