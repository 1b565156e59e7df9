// Owns /passkey-offer: after a sign-in by password, the one offer of something that is easier and safer.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { passkeyOfferPage } from '../pages/passkey-offer.js'
import type { User } from '../protocol/user.js'
import { meetsAssurance, requiredFor } from './assurance.js'
import { createAudit } from './audit.js'
import { findForm, pathOf, routeOf } from './interaction.js'
import { continueJourney, findJourney, type Journey } from './journey.js'
import { addPasskey } from './new-passkey.js'
import { occasionIn, registrationOptions } from './passkey.js'
import { pageApp } from './problem.js'
import { resume } from './signed-in.js'
import { accountOf, frameOf } from './views.js'

export function passkeyOffer(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = routeOf(deps, 'passkey-offer')

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const user = await mayAdd(c, deps, journey)
    const known = user ? await deps.store.passkeys.listByUser(user.sub) : []
    const options = user && registrationOptions(deps, occasionIn('register', journey), user, known)
    if (!user || options === undefined) return resume(c, deps, journey)
    await deps.store.users.passkeyOffered(user.sub, deps.now())
    const page = passkeyOfferPage({
      ...frameOf(c, deps, journey.interaction.request?.uiLocales),
      action: pathOf(deps, 'passkey-offer', journey.interaction.id),
      csrf: journey.csrf('passkey-offer'),
      account: accountOf(user),
      options,
      skip: pathOf(deps, 'authorize', journey.interaction.id),
    })
    return sendPage(c, page)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'passkey-offer')
    if (own instanceof Response) return own
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    const user = await mayAdd(c, deps, journey)
    if (user) {
      // Whatever became of it, the person goes on to where they wanted: the account has a page for another try.
      const passkey = { text: own.params.get('passkey'), name: undefined }
      await addPasskey(c, deps, audit, user, occasionIn('register', own), passkey)
    }
    return resume(c, deps, journey)
  })

  return app
}

/** A user who has just signed in here, as strongly as the account can and as the app asks (EN01). */
async function mayAdd(c: Context, deps: Deps, journey: Journey): Promise<User | undefined> {
  const { interaction, visitor, step } = journey
  const signedInHere = interaction.sub === visitor?.user.sub && interaction.authenticatedAt !== undefined
  if (!visitor || !signedInHere || !['consent', 'confirm', 'issue'].includes(step.at)) return undefined
  const proven = await meetsAssurance(deps, visitor, requiredFor(c, deps), interaction)
  return proven ? visitor.user : undefined
}
