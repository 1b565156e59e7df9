// Owns bringing a database to the schema of this program, from the generated SQL under drizzle/.
import { readFile } from 'node:fs/promises'

/** What the ledger is called in both databases; it names each migration that was applied. */
export const ledger = 'schema_migration'

export type Migratable = {
  readonly dialect: 'sqlite' | 'postgres'
  /** The tags in the ledger; none if there is no ledger yet. */
  applied(): Promise<string[]>
  /**
   * Runs statements in one transaction, under the lock that lets one process migrate at a time. Which ones is
   * asked under the lock, given the tags in the ledger.
   */
  exclusively(statements: (applied: string[]) => string[]): Promise<void>
}

/**
 * Applies in one transaction what is missing, so that a crash leaves the old schema or the new one. With
 * `check` nothing is changed: it rejects if anything is missing.
 */
export async function migrate(database: Migratable, { check = false } = {}): Promise<void> {
  const folder = new URL(`../../drizzle/${database.dialect}/`, import.meta.url)
  const journal: unknown = JSON.parse(await readFile(new URL('meta/_journal.json', folder), 'utf8'))
  const tags = (journal as { entries: { tag: string }[] }).entries.map(({ tag }) => tag)
  const applied = await database.applied()
  if (tags.every((tag) => applied.includes(tag))) return
  if (check) throw new Error('the database has an older schema than this program: run `grantor migrate`')
  const steps = await Promise.all(
    tags.map(async (tag) => ({ tag, text: await readFile(new URL(`${tag}.sql`, folder), 'utf8') })),
  )
  await database.exclusively((applied) => [
    `create table if not exists ${ledger} (tag text primary key not null)`,
    ...steps
      .filter(({ tag }) => !applied.includes(tag))
      .flatMap(({ tag, text }) => [
        ...text.split('--> statement-breakpoint'),
        `insert into ${ledger} (tag) values ('${tag}')`,
      ]),
  ])
}
