// Connections to PostgreSQL. What a session needs is set after connecting: PgBouncer refuses a startup message with a
// parameter that it does not track, such as statement_timeout.
import pg from 'pg'

/** Milliseconds for a connection, or for one of the pool to be free. */
const connectTimeoutMs = 3000

type Connecting = { readonly name: string; readonly keepAlive?: boolean }

/** One connection, which the caller opens; `name` is what pg_stat_activity shows. */
export function createClient(url: string, { name, keepAlive = false }: Connecting): pg.Client {
  return new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive,
  })
}

/** Connections that end a statement after `statementTimeoutMs`, at either end of the wire. */
export function createPool(url: string, size: number, statementTimeoutMs: number): pg.Pool {
  return new pg.Pool({
    connectionString: url,
    application_name: 'grantor',
    max: size,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs,
    keepAlive: true,
    // The pool gives the connection out when this is done.
    onConnect: async (client) => {
      await client.query(`set statement_timeout = ${statementTimeoutMs}`)
    },
  })
}
