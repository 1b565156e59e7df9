// Owns writing parameters as they were read.
import type { Params } from '../protocol/params.js'

export function queryOf(params: Params): URLSearchParams {
  const search = new URLSearchParams()
  for (const name of Object.keys(params.toRecord())) {
    for (const value of params.all(name)) search.append(name, value)
  }
  return search
}
