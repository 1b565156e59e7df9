// Owns interactions: each change but the last is refused once the interaction is completed.
import { and, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import type { Interactions } from './contract.js'
import { slot } from './dialect.js'
import type { Unproven } from './unproven.js'

export function interactions(store: Connection, unproven: Unproven): Interactions {
  const { db } = store
  const { interaction } = store.tables
  const counted = unproven.evictFrom(interaction, interaction.id, 'interaction')
  const byId = eq(interaction.id, slot('id'))
  const open = and(byId, isNull(interaction.completedAt))
  /** What was said in a person's name stays only while it is the same person. */
  const keptFor = (column: typeof interaction.consented | typeof interaction.authenticatedAt) =>
    sql`case when ${interaction.sub} = ${slot('sub')} then ${column} end`

  const create = store.change('interaction_create', db.insert(interaction).values(slots(interaction)))
  const find = store.read('interaction_find', db.select().from(interaction).where(byId))
  const prove = store.change(
    'interaction_prove',
    db
      .update(interaction)
      .set({
        sub: slot('sub'),
        authenticatedAt: slot('authenticatedAt'),
        accountChosen: true,
        consented: keptFor(interaction.consented),
        pending: null,
      })
      .where(open),
  )
  const suspend = store.change(
    'interaction_suspend',
    db
      .update(interaction)
      .set({ pending: slot('pending') })
      .where(open),
  )
  const choose = store.change(
    'interaction_choose',
    db
      .update(interaction)
      .set({
        sub: slot('sub'),
        authenticatedAt: keptFor(interaction.authenticatedAt),
        accountChosen: true,
        consented: keptFor(interaction.consented),
        pending: null,
      })
      .where(open),
  )
  const decide = store.change(
    'interaction_decide',
    db
      .update(interaction)
      .set({ consented: slot('consented') })
      .where(open),
  )
  const decideAs = store.change(
    'interaction_decide_as',
    db
      .update(interaction)
      .set({ sub: slot('sub'), consented: slot('consented') })
      .where(
        and(
          open,
          isNull(interaction.consented),
          or(isNull(interaction.sub), eq(interaction.sub, slot('sub'))),
        ),
      ),
  )
  const complete = store.change(
    'interaction_complete',
    db
      .update(interaction)
      .set({ completedAt: slot('at') })
      .where(and(open, gt(interaction.expiresAt, slot('at')))),
  )
  const respond = store.change(
    'interaction_respond',
    db
      .update(interaction)
      .set({ response: slot('response') })
      .where(and(byId, isNotNull(interaction.completedAt), isNull(interaction.response))),
  )

  /** A user stands behind it from now on. */
  async function proven(id: string, changed: number): Promise<boolean> {
    if (changed === 1) await counted.release(id)
    return changed === 1
  }

  return {
    create: async (row, origin) => {
      await create(filled(interaction, row))
      await counted.add(row.id, row, row.keepUntil, origin)
    },
    find: async (id) => (await find({ id })).map(present)[0],
    prove: async (id, proof) => proven(id, await prove({ id, ...proof })),
    suspend: async (id, pending) => (await suspend({ id, pending })) === 1,
    choose: async (id, sub) => proven(id, await choose({ id, sub })),
    decide: async (id, consented, sub) =>
      sub === undefined
        ? (await decide({ id, consented })) === 1
        : proven(id, await decideAs({ id, consented, sub })),
    complete: async (id, at) => (await complete({ id, at })) === 1,
    respond: async (id, response) => (await respond({ id, response })) === 1,
  }
}
