// Owns the profile: names, language, and the address and the way to another.
import { accountPage } from './account.js'
import type { ProfilePageProps } from './account-props.js'
import { type Fault, Field, throttledText } from './fields.js'
import { HiddenFields, PostForm } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import type { Page } from './props.js'
import { Name } from './text.js'

const problem = (m: Messages, { error, locales }: ProfilePageProps): Fault | undefined => {
  if (!error) return undefined
  if (error.kind === 'throttled') return { text: throttledText(m, error, pickRegion(m, locales)), fields: [] }
  return { text: m.account.profile.tooLong, fields: ['name', 'given_name', 'family_name'] }
}

/** Posts `name`, `given_name`, `family_name`, `locale` to `action`. */
export const profilePage = (props: ProfilePageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.profile
  const { claims } = props
  const fault = problem(m, props)
  const body = (
    <>
      <p class="lead">{words.lead}</p>
      <form method="post" action={props.action} class="card">
        <HiddenFields csrf={props.csrf} />
        <dl>
          <div>
            <dt>{words.username}</dt>
            <dd>
              <Name>{props.username}</Name>
            </dd>
          </div>
        </dl>
        <Field
          id="name"
          label={words.name}
          value={claims.name}
          autocomplete="name"
          maxlength={200}
          fault={fault}
        />
        <Field
          id="given_name"
          label={words.givenName}
          value={claims.given_name}
          autocomplete="given-name"
          maxlength={200}
          fault={fault}
        />
        <Field
          id="family_name"
          label={words.familyName}
          value={claims.family_name}
          autocomplete="family-name"
          maxlength={200}
          fault={fault}
        />
        <label for="locale">{words.language}</label>
        <select id="locale" name="locale">
          <option value="">{words.noLanguage}</option>
          {props.languages.map((tag) => (
            <option value={tag} lang={tag} selected={claims.locale === tag}>
              {new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag}
            </option>
          ))}
        </select>
        <button type="submit" class="primary">
          {m.account.save}
        </button>
      </form>
      <EmailBlock m={m} props={props} />
    </>
  )
  const sent = props.notice && words.sent(<Name>{props.notice.email}</Name>)
  return accountPage({ m, frame: props, title: words.title, fault, notice: sent, ownPrimary: true, body })
}

const EmailBlock = ({ m, props }: { m: Messages; props: ProfilePageProps }) => {
  const words = m.account.profile
  const { email, verifyEmail, changeEmailHref } = props
  return (
    <section class="card">
      <h2>{words.email}</h2>
      {email ? (
        <p>
          <strong>
            <Name>{email.address}</Name>
          </strong>{' '}
          <span class="muted">{email.verified ? words.verified : words.unverified}</span>
        </p>
      ) : (
        <p class="muted">{words.noEmail}</p>
      )}
      {verifyEmail && (
        <PostForm to={verifyEmail} csrf={props.csrf}>
          <button type="submit">{words.verify}</button>
        </PostForm>
      )}
      {changeEmailHref && (
        <a class="button" href={changeEmailHref}>
          {words.change}
        </a>
      )}
    </section>
  )
}
