// Proves the example in Python against an issuer that can misbehave.
import { python } from './apis.js'
import { describeApi } from './scenes.js'

describeApi(python)
