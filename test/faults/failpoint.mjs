// Loaded into the built server before its own code (node --import): ends the process at a chosen moment, as kill -9
// does, or moves its clock. So the program itself needs no hooks for it.
import crypto from 'node:crypto'
import { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { sqliteDriver } from '../../dist/store/sqlite-driver.js'

const { FAULT_AT = '', FAULT_COUNT = '1', FAULT_FILE, FAULT_CLOCK = '0' } = process.env
let left = Number(FAULT_COUNT)

/** With FAULT_FILE only what happens while there is such a file counts. */
function pass(place) {
  if (place !== FAULT_AT || (FAULT_FILE !== undefined && !existsSync(FAULT_FILE))) return
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

const Database = sqliteDriver()
const { prepare, exec } = Database.prototype

Database.prototype.prepare = function (text) {
  const statement = prepare.call(this, text)
  if (text === 'COMMIT') {
    const { run } = statement
    statement.run = () => {
      pass('before commit')
      const result = run.call(statement)
      pass('after commit')
      return result
    }
  }
  return statement
}

Database.prototype.exec = function (text) {
  pass('before statement')
  const result = exec.call(this, text)
  pass('after statement')
  return result
}

const { sign } = crypto
crypto.sign = (algorithm, data, key, callback) =>
  sign(algorithm, data, key, (error, signature) => {
    pass('after signature')
    callback(error, signature)
  })
syncBuiltinESMExports()

const { now } = Date
Date.now = () => now() + 1000 * Number(FAULT_CLOCK)
