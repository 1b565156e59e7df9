// Owns hearing what other nodes announce through PostgreSQL (LISTEN), across lost connections.
import type pg from 'pg'
import { createClient } from './postgres-client.js'

export const revocationChannel = 'grantor_revocation'

/** Milliseconds between a connection that was lost and the next attempt. */
const pause = 1000

export type Listening = { stop(): Promise<void> }

/**
 * Calls back at every notification, and whenever a connection is there anew: something may have been missed. A
 * connection that cannot be had is asked for again and again; who depends on the news also looks by itself.
 */
export async function listenTo(channel: string, url: string, wake: () => void): Promise<Listening> {
  const state: { client?: pg.Client; retry?: NodeJS.Timeout; stopped: boolean } = { stopped: false }

  async function connect(): Promise<void> {
    const client = createClient(url, { name: 'grantor listener', keepAlive: true })
    state.client = client
    let lost = false
    const again = () => {
      if (lost || state.stopped) return
      lost = true
      client.end().catch(() => {})
      state.retry = setTimeout(() => void connect(), pause)
      state.retry.unref()
    }
    client.on('error', again)
    client.on('end', again)
    client.on('notification', wake)
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      wake()
    } catch {
      again()
    }
  }

  await connect()
  return {
    async stop() {
      state.stopped = true
      clearTimeout(state.retry)
      await state.client?.end().catch(() => {})
    },
  }
}
