// An MCP server that Grantor protects. In the clone, after npm run build: npx tsx examples/mcp-server.ts
import { serve } from '@hono/node-server'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { createVerifier, metadataUrl, protectedResourceMetadata } from 'grantor/verify'
import { protect, serveMetadata } from 'grantor/verify/hono'
import { Hono } from 'hono'

const { ISSUER = 'http://localhost:9000', PORT = '3002' } = process.env
const { RESOURCE = `http://localhost:${PORT}/mcp` } = process.env // as it is registered at the issuer
const scope = 'tools:call'
const verifier = createVerifier({
  issuer: ISSUER,
  audience: RESOURCE,
  resourceMetadata: metadataUrl(RESOURCE),
  onFault: console.warn,
})

function tools(person: string): McpServer {
  const server = new McpServer({ name: 'whoami', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Tells who has let this client in' }, () => ({
    content: [{ type: 'text', text: person }],
  }))
  return server
}

const app = new Hono()
app.use(
  serveMetadata(
    protectedResourceMetadata({ resource: RESOURCE, authorizationServers: [ISSUER], scopes: [scope] }),
  ),
)
app.all(new URL(RESOURCE).pathname, protect(verifier, { scope }), async (c) => {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await tools(c.get('claims').sub).connect(transport)
  return transport.handleRequest(c.req.raw)
})

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
