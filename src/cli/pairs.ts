// Owns option values of the form KEY=JSON and NAME=TEXT.
import { isStorableJson, unstorable } from '../protocol/json.js'
import { WrongUsage } from './verb.js'

/** @throws WrongUsage */
export function jsonPair(pair: string): [string, unknown] {
  const [key, json] = split(pair)
  if (!isStorableJson(json)) throw new WrongUsage(`What follows ${key}= holds ${unstorable}.`)
  try {
    return [key, JSON.parse(json)]
  } catch {
    throw new WrongUsage(`What follows ${key}= is not JSON (a text needs quotes: '${key}="..."'): ${json}`)
  }
}

/** @throws WrongUsage */
export function textPair(pair: string): [string, string] {
  return split(pair)
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) throw new WrongUsage(`NAME=VALUE is expected: ${pair}`)
  return [pair.slice(0, at), pair.slice(at + 1)]
}
