// Owns the registered APIs and their scopes.
import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm'
import { findResource } from '../protocol/known-resources.js'
import { isSameResource, maxSpellings, spellingsOf } from '../protocol/resource-identifier.js'
import { type Connection, filled, present, slots } from './connection.js'
import type { Resources } from './contract.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import { createMemory } from './memory.js'

export function resources(store: Connection, grants: Pick<Grants, 'retireByResource'>): Resources {
  const { db } = store
  const memory = createMemory(store)
  const { resource } = store.tables
  const byIdentifier = eq(resource.identifier, slot('identifier'))

  const find = store.read('resource_find', db.select().from(resource).where(byIdentifier))
  const spellings = Array.from({ length: maxSpellings }, (_, index) => `spelling${index}`)
  const similar = store.read(
    'resource_similar',
    db
      .select({ identifier: resource.identifier })
      .from(resource)
      .where(inArray(sql`lower(${resource.identifier})`, spellings.map(slot))),
  )
  const all = store.read('resource_all', db.select().from(resource).orderBy(asc(resource.identifier)))
  const create = memory.change(
    'resource_create',
    db.insert(resource).values(slots(resource)).onConflictDoNothing(),
  )
  const update = memory.change(
    'resource_update',
    db
      .update(resource)
      .set({
        name: slot('name'),
        scopes: slot('scopes'),
        defaultScope: slot('defaultScope'),
        clients: slot('clients'),
        tokenFormat: slot('tokenFormat'),
        tokenTtl: slot('tokenTtl'),
        signingAlg: slot('signingAlg'),
        isDefault: slot('isDefault'),
        disabled: slot('disabled'),
      })
      .where(byIdentifier),
  )
  const remove = memory.change('resource_remove', db.delete(resource).where(byIdentifier))
  const yieldDefault = memory.change(
    'resource_yield_default',
    db
      .update(resource)
      .set({ isDefault: false })
      .where(and(ne(resource.identifier, slot('identifier')), eq(resource.isDefault, true))),
  )
  /** There is one default: the last that was made so. */
  const settled = async (row: { identifier: string; isDefault: boolean }, changed: number) => {
    if (changed === 1 && row.isDefault) await yieldDefault({ identifier: row.identifier })
    return changed === 1
  }

  const remembered = memory.remember(async () => (await all()).map(present))

  return {
    find: memory.remember(async (identifier) => {
      const [row] = (await find({ identifier })).map(present)
      return row ?? findResource(await remembered(''), identifier)
    }),
    all: () => remembered(''),
    async create(row) {
      const texts = spellingsOf(row.identifier)
      const values = Object.fromEntries(spellings.map((name, index) => [name, texts[index] ?? texts[0]]))
      const others = await similar(values)
      if (others.some(({ identifier }) => isSameResource(identifier, row.identifier))) return false
      return settled(row, await create(filled(resource, row)))
    },
    async update(row, at) {
      const { identifier } = row
      // Before enabling, whatever slipped in between an earlier disabling and its revocations must go too.
      const [before] = row.disabled ? [] : await find({ identifier })
      if (before?.disabled) await grants.retireByResource(identifier, at)
      const done = await settled(row, await update(filled(resource, row)))
      if (row.disabled) await grants.retireByResource(identifier, at)
      return done
    },
    async remove(identifier, at) {
      const done = (await remove({ identifier })) === 1
      await grants.retireByResource(identifier, at)
      return done
    },
  }
}
