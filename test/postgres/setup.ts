// Gives the tests a PostgreSQL server, and stops it after them if it is a temporary one.
import { provideServer } from './database-server.js'

export async function setup(): Promise<() => Promise<void>> {
  const { url, stop } = await provideServer({ durable: false })
  // Workers inherit it.
  process.env.GRANTOR_TEST_POSTGRES_URL = url
  return stop
}
