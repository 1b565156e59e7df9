// Finds registered resources by any spelling of their identifiers. Spellings are compared by keys, and each key is made
// once: a request costs hardly more where thousands of resources are registered.
import type { Resource } from './resource.js'
import { resourceKey } from './resource-identifier.js'

type Identified = Pick<Resource, 'identifier'>

/** By object: the store hands out the same rows until one of them changes, and nobody may change them. */
const keys = new WeakMap<Identified, string>()
const keysOfLists = new WeakMap<readonly string[], ReadonlySet<string>>()

/** The resource with this identifier, else the first one whose identifier means the same. */
export function findResource<R extends Identified>(
  registered: readonly R[],
  identifier: string,
): R | undefined {
  const exact = registered.find((resource) => resource.identifier === identifier)
  if (exact !== undefined || registered.length === 0) return exact
  const key = resourceKey(identifier)
  return registered.find((resource) => keyOf(resource) === key)
}

/** The resources that these identifiers mean. */
export function resourcesAmong<R extends Identified>(
  registered: readonly R[],
  identifiers: readonly string[],
): R[] {
  const among = keysOfLists.get(identifiers) ?? new Set(identifiers.map(resourceKey))
  keysOfLists.set(identifiers, among)
  return registered.filter((resource) => among.has(keyOf(resource)))
}

/** The resources that this identifier does not mean. */
export function resourcesExcept<R extends Identified>(registered: readonly R[], identifier: string): R[] {
  const key = resourceKey(identifier)
  return registered.filter((resource) => keyOf(resource) !== key)
}

function keyOf(resource: Identified): string {
  const key = keys.get(resource) ?? resourceKey(resource.identifier)
  keys.set(resource, key)
  return key
}
