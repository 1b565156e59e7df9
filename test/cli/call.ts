// Calls a server over a socket, each time on a connection of its own.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'

type Call = { method?: string; headers?: Record<string, string>; body?: string; ca?: string }
type Answer = { status: number; text: string }

export function call(
  url: string,
  { method = 'GET', headers = {}, body = '', ca }: Call = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const options = { method, headers, agent: false, ...(ca !== undefined && { ca }) }
    const request = send(url, options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A POST of a form by a client that authenticates with its secret. */
export function post(url: string, id: string, secret: string, form: Record<string, string>): Promise<Answer> {
  const headers = {
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  }
  return call(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() })
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}
