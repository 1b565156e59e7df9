// Option values of the form KEY=VALUE, where VALUE is JSON or plain text, and NAME=TEXT.
import { isStorableJson, unstorable } from '../protocol/json.js'
import { WrongUsage } from './verb.js'

/**
 * Plain text needs no quotes: a shell removes them.
 * A value that begins like JSON must be JSON, so that a missing bracket is found here.
 * @throws WrongUsage
 */
export function valuePair(pair: string): [string, unknown] {
  const [key, value] = split(pair)
  if (!isStorableJson(value)) throw new WrongUsage(`What follows ${key}= holds ${unstorable}.`)
  try {
    return [key, JSON.parse(value)]
  } catch {
    if (value === '') throw new WrongUsage(`No value follows ${key}=`)
    if (/^\s*[{["]/.test(value)) throw new WrongUsage(`What follows ${key}= is not valid JSON: ${value}`)
    return [key, value]
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
