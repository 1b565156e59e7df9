// Owns the offer of a passkey after a sign-in by password; whoever does not want one goes on with one click.
import { leavingScriptPolicy } from './csp.js'
import { PasskeyParts } from './fields.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account, Avatar } from './parts.js'
import type { Page } from './props.js'
import type { PasskeyOfferPageProps } from './sign-in-props.js'

/** Posts `passkey` and `csrf` to `action`. */
export const passkeyOfferPage = (props: PasskeyOfferPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title, lead, submit, skip, goOn } = m.passkeyOffer
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      <div class="account">
        <Avatar account={props.account} />
        <Account account={props.account} />
      </div>
      <form method="post" action={props.action} data-passkey="create" data-options={props.options}>
        <HiddenFields csrf={props.csrf} />
        <PasskeyParts m={m} label={submit} primary />
      </form>
      <p class="after">
        <a class="button" href={props.skip}>
          <span data-passkey-only hidden>
            {skip}
          </span>
          <span data-no-passkey>{goOn}</span>
        </a>
      </p>
    </>
  )
  return page({ frame: props, title, csp: leavingScriptPolicy, script: true, body })
}
