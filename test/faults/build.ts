// Brings dist/ up to date once, before any server is started.
import { build } from '../cli/process.js'

export function setup(): void {
  build()
}
