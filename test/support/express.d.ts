// Owns the little of Express that a test or an example uses: Express brings no types of its own.
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Response = ServerResponse & {
    send(text: string): void
    json(value: object): void
    status(code: number): Response
  }
  type Handler = (request: IncomingMessage, response: Response, next: () => void) => void
  type ErrorHandler = (error: unknown, request: IncomingMessage, response: Response, next: () => void) => void
  type Router = Handler & {
    use(...handlers: (Handler | ErrorHandler)[]): Router
    use(path: string, router: Router): Router
    get(path: string, ...handlers: Handler[]): Router
    listen(port: number, host: string): unknown
  }
  const express: (() => Router) & { Router(): Router }
  export default express
}
