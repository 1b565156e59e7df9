// Owns /passkey-offer: after a sign-in by password, the one offer of something that is easier and safer.
import type { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { passkeyOfferPage } from '../pages/passkey-offer.js'
import { createAudit } from './audit.js'
import { findForm, findOpen, type OwnInteraction, pathOf, routeOf } from './interaction.js'
import { addPasskey } from './new-passkey.js'
import { occasionIn, registrationOptions } from './passkey.js'
import { pageApp } from './problem.js'
import { findVisitor } from './session.js'
import { resume } from './signed-in.js'
import { accountOf, frameOf } from './views.js'

export function passkeyOffer(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = routeOf(deps, 'passkey-offer')

  app.get(route, async (c) => {
    const own = await findOpen(c, deps)
    if (own instanceof Response) return own
    const visitor = await findVisitor(c, deps)
    const options = visitor && registrationOptions(deps, occasionIn('register', own), visitor.user, [])
    // Only somebody who has just signed in here: others add passkeys at their account.
    if (!visitor || options === undefined || !isProven(own, visitor.user.sub)) return resume(c, deps, own)
    await deps.store.users.passkeyOffered(visitor.user.sub, deps.now())
    const page = passkeyOfferPage({
      ...frameOf(c, deps, own.interaction.request?.uiLocales),
      action: pathOf(deps, 'passkey-offer', own.interaction.id),
      csrf: own.csrf('passkey-offer'),
      account: accountOf(visitor.user),
      options,
      skip: pathOf(deps, 'authorize', own.interaction.id),
    })
    return sendPage(c, page)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'passkey-offer')
    if (own instanceof Response) return own
    const visitor = await findVisitor(c, deps)
    if (visitor && isProven(own, visitor.user.sub)) {
      // Whatever became of it, the person goes on to where they wanted: the account has a page for another try.
      const passkey = { text: own.params.get('passkey'), name: undefined }
      await addPasskey(c, deps, audit, visitor.user, occasionIn('register', own), passkey)
    }
    return resume(c, deps, own)
  })

  return app
}

function isProven({ interaction }: OwnInteraction, sub: string): boolean {
  return interaction.sub === sub && interaction.authenticatedAt !== undefined
}
