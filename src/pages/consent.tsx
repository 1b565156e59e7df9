// Owns the consent page: who asks, for whose account, for what, and where the answer goes.
import { leavingPolicy } from './csp.js'
import { appName, HiddenFields, PostForm, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages } from './messages/pick.js'
import { Account, AppTile, Avatar, ScopeList } from './parts.js'
import type { AccountView, AppView, ConsentPageProps, Page, PostTarget } from './props.js'
import { Name, phraseText, plainText, safeHref, visibleText } from './text.js'

/** Posts `decision` (`allow` or `deny`) and `csrf` to `action`. Deny comes first and is as large. */
export const consentPage = (props: ConsentPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, account, destination } = props
  const name = appName(m, app.name)
  const place = plainText(destination.kind === 'private-scheme' ? `${destination.text}:` : destination.text)

  const body = (
    <>
      <div class="pair" aria-hidden="true">
        <AppTile name={name} />
        <Avatar account={account} />
      </div>
      <h1>{m.consent.title(<bdi>{name}</bdi>)}</h1>
      <Trust m={m} app={app} product={props.product} />
      <ForAccount m={m} account={account} notYou={props.notYou} />
      <Scopes m={m} groups={props.groups} />
      <ul class="facts">
        <li>
          {m.consent.destination[destination.kind](
            <strong>
              <bdi>{place}</bdi>
            </strong>,
          )}
        </li>
        <li>{props.offline ? m.consent.offline : m.consent.untilSignOut}</li>
        <li>{m.consent[props.remembered]}</li>
      </ul>
      <Choice m={m} action={props.action} csrf={props.csrf} />
      <About m={m} app={app} />
    </>
  )
  return page({ frame: props, title: phraseText(m.consent.title(name)), csp: leavingPolicy, body })
}

/** Where the app is from, and whether anybody has looked at it. */
export const Trust = ({ m, app, product }: { m: Messages; app: AppView; product: string }) => (
  <p class={app.verified ? 'trust' : 'trust notice warn'}>
    <span class="host">
      <Name>{app.host}</Name>
    </span>
    <span>{app.verified ? m.consent.verifiedBy(<Name>{product}</Name>) : m.consent.selfRegistered}</span>
  </p>
)

/** Whose account it is about, and the way to another. */
export const ForAccount = ({
  m,
  account,
  notYou,
}: {
  m: Messages
  account: AccountView
  notYou: PostTarget
}) => (
  <div class="account">
    <Account account={account} />
    <PostForm to={notYou}>
      <button type="submit" name="account" value="other" class="quiet">
        {m.consent.notYou}
      </button>
    </PostForm>
  </div>
)

export const Choice = ({ m, action, csrf }: { m: Messages; action: string; csrf: string }) => (
  <form method="post" action={action} class="choice">
    <HiddenFields csrf={csrf} />
    <button type="submit" name="decision" value="deny">
      {m.consent.deny}
    </button>
    <button type="submit" name="decision" value="allow" class="primary">
      {m.consent.allow}
    </button>
  </form>
)

export const Scopes = ({ m, groups }: { m: Messages; groups: ConsentPageProps['groups'] }) => {
  const all = groups.flatMap((group) => group.scopes)
  const grows = all.some((scope) => scope.isNew) && all.some((scope) => !scope.isNew)
  return (
    <section>
      <h2>{grows ? m.consent.willBeAbleMore : m.consent.willBeAble}</h2>
      {groups.length === 0 && <Alone>{m.consent.nothing}</Alone>}
      {groups.map((group) => (
        <>
          {group.api !== undefined && <h3>{m.consent.inApi(<Name>{group.api}</Name>)}</h3>}
          {group.scopes.length === 0 ? (
            <Alone>{m.consent.withoutScope}</Alone>
          ) : (
            <ScopeList m={m} scopes={group.scopes} own={group.api === undefined} marked={grows} />
          )}
        </>
      ))}
    </section>
  )
}

const Alone = ({ children }: { children: string }) => (
  <ul class="scopes">
    <li>{children}</li>
  </ul>
)

export const About = ({ m, app }: { m: Messages; app: ConsentPageProps['app'] }) => {
  const links = [
    { label: m.consent.website, href: safeHref(app.uri) },
    { label: m.consent.privacy, href: safeHref(app.policyUri) },
    { label: m.consent.terms, href: safeHref(app.tosUri) },
  ]
  return (
    <details>
      <summary>{m.consent.about}</summary>
      <dl>
        <div>
          <dt>{m.consent.clientId}</dt>
          <dd>
            <code>
              <bdi>{visibleText(app.clientId)}</bdi>
            </code>
          </dd>
        </div>
        {links.map(
          ({ label, href }) =>
            href && (
              <div>
                <dt>{label}</dt>
                <dd>
                  <a href={href} rel="noreferrer">
                    {plainText(href, 120)}
                  </a>
                </dd>
              </div>
            ),
        )}
      </dl>
    </details>
  )
}
