// Proves the example with Express and grantor/verify against an issuer that can misbehave.
import { verifyExpress } from './apis.js'
import { describeApi } from './scenes.js'

describeApi(verifyExpress)
