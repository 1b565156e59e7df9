// Owns the list of a person's passkeys: naming, removing and adding them.
import { accountPage } from './account.js'
import type { PasskeysPageProps } from './account-props.js'
import { type Fault, Field, PasskeyParts } from './fields.js'
import { HiddenFields, PostForm } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'
import { Name, plainText } from './text.js'

/** Each form posts `csrf`; adding and renaming post `name`, adding also `passkey`. */
export const passkeysPage = (props: PasskeysPageProps): Page => {
  const m = pickMessages(props.locales)
  const locale = pickRegion(m, props.locales)
  const words = m.account.passkeys
  const { passkeys, add, error } = props
  const fault: Fault | undefined = error && { text: words.errors[error.kind], fields: [] }
  const body = (
    <>
      <p class="lead">{words.lead}</p>
      {passkeys.length === 0 && <p>{words.empty}</p>}
      {passkeys.length === 1 && <p class="notice warn">{words.one}</p>}
      <ul>
        {passkeys.map((passkey, index) => (
          <Passkey m={m} locale={locale} csrf={props.csrf} passkey={passkey} index={index} />
        ))}
      </ul>
      {add.options === undefined ? (
        <p class="notice warn">{words.impossible}</p>
      ) : (
        <form method="post" action={add.action} class="card" data-passkey="create" data-options={add.options}>
          <HiddenFields csrf={props.csrf} />
          <h2>{words.add}</h2>
          <div data-passkey-only hidden>
            <Field id="name" label={words.nameNew} hint={words.nameHint} maxlength={60} autocomplete="off" />
          </div>
          <PasskeyParts m={m} label={words.add} primary />
          <p class="muted" data-no-passkey>
            {m.passkey.unsupported}
          </p>
        </form>
      )}
    </>
  )
  const ownPrimary = add.options !== undefined
  return accountPage({ m, frame: props, title: words.title, fault, script: ownPrimary, ownPrimary, body })
}

type PasskeyProps = {
  m: Messages
  locale: string
  csrf: string
  passkey: PasskeysPageProps['passkeys'][number]
  index: number
}

const Passkey = ({ m, locale, csrf, passkey, index }: PasskeyProps) => {
  const words = m.account.passkeys
  const name = plainText(passkey.name)
  const id = `name-${index}`
  return (
    <li class="card">
      <div class="app">
        <div class="who">
          <h2>
            <Name>{passkey.name}</Name>
          </h2>
          <small>{passkey.synced ? words.synced : words.single}</small>
        </div>
        <PostForm to={passkey.remove} csrf={csrf}>
          <button type="submit" class="danger" aria-label={words.removeOne(name)}>
            {words.remove}
          </button>
        </PostForm>
      </div>
      <dl class="row">
        <div>
          <dt>{words.created}</dt>
          <dd>
            <Time at={passkey.created} locale={locale} />
          </dd>
        </div>
        <div>
          <dt>{words.lastUsed}</dt>
          <dd>
            {passkey.lastUsed === undefined ? (
              m.account.never
            ) : (
              <Time at={passkey.lastUsed} locale={locale} />
            )}
          </dd>
        </div>
      </dl>
      <details>
        <summary aria-label={words.renameOne(name)}>{words.rename}</summary>
        <PostForm to={passkey.rename} csrf={csrf}>
          <label for={id}>{words.name}</label>
          <input
            type="text"
            id={id}
            name="name"
            value={passkey.name}
            maxlength={60}
            required
            autocomplete="off"
          />
          <button type="submit">{m.account.save}</button>
        </PostForm>
      </details>
    </li>
  )
}
