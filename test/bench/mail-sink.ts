// Owns the mail server of the bench: takes every mail, in a process of its own, until it is ended.
import { startSmtp } from '../mail/smtp-server.js'

const { url } = await startSmtp()
process.send?.(url)
process.on('disconnect', () => process.exit())
