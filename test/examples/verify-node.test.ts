// Proves the example with node:http and grantor/verify against an issuer that can misbehave.
import { verifyNode } from './apis.js'
import { describeApi } from './scenes.js'

describeApi(verifyNode)
