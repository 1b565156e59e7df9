// Proves the example in Go against an issuer that can misbehave.
import { go } from './apis.js'
import { describeApi } from './scenes.js'

describeApi(go)
