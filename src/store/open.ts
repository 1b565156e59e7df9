// Owns the way from a database URL to an open store.
import { createStore, type Store } from './store.js'

/**
 * Opens `file:<path>`, `:memory:` or `postgres://...`, creates what is missing and brings the schema up to date,
 * unless `migrate` is false: then an older schema is refused. Rejects with one sentence on what is wrong;
 * with `StoreUnavailable` where PostgreSQL is out of reach.
 */
export async function openStore(url: string, { migrate = true } = {}): Promise<Store> {
  // Loaded on demand: neither database needs the other's driver.
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import('./postgres.js')
    return createStore(await openPostgres(url, { migrate }))
  }
  const file = url.startsWith('file:') ? url.slice('file:'.length) : url
  if (file === '' || (file === url && url !== ':memory:')) {
    throw new Error(
      `not a database URL: ${url.replace(/:.*/, ':...')} (file:<path>, :memory: or postgres://...)`,
    )
  }
  const { openSqlite } = await import('./sqlite.js')
  return createStore(await openSqlite(file, { migrate }))
}
