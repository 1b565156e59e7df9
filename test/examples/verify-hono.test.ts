// Proves the example with Hono and grantor/verify against an issuer that can misbehave.
import { verifyHono } from './apis.js'
import { describeApi } from './scenes.js'

describeApi(verifyHono)
