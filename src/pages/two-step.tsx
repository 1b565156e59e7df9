// Owns the state of two-step sign-in, and turning it on and off.
import { accountPage } from './account.js'
import type { TwoStepPageProps } from './account-props.js'
import { PostForm } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'

/** Fewer recovery codes than this are few. */
export const fewCodes = 3

export const twoStepPage = (props: TwoStepPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.twoStep
  const { since, required } = props
  const fault = props.error && { text: words.renewedMeanwhile, fields: [] }
  const body =
    since === undefined ? (
      <>
        <p class="lead">{words.off}</p>
        {required && <p class="notice warn">{words.requiredOff}</p>}
        <p>
          <a class="button primary" href={props.setUpHref}>
            {words.setUp}
          </a>
        </p>
      </>
    ) : (
      <>
        <p class="lead">{words.on}</p>
        {props.recoveryCodes < fewCodes && <p class="notice warn">{m.account.overview.fewCodes}</p>}
        <section class="card">
          <dl class="row">
            <div>
              <dt>{words.since}</dt>
              <dd>
                <Time at={since} locale={pickRegion(m, props.locales)} />
              </dd>
            </div>
            <div>
              <dt>{words.codes}</dt>
              <dd>{props.recoveryCodes}</dd>
            </div>
          </dl>
          <PostForm to={props.renewCodes} csrf={props.csrf}>
            <p class="muted">{words.renewHint}</p>
            <button type="submit">{words.renew}</button>
          </PostForm>
        </section>
        <section class="card">
          {required ? (
            <p>{words.required}</p>
          ) : (
            <PostForm to={props.turnOff} csrf={props.csrf}>
              <p class="muted">{words.turnOffHint}</p>
              <button type="submit" class="danger">
                {words.turnOff}
              </button>
            </PostForm>
          )}
        </section>
      </>
    )
  return accountPage({ m, frame: props, title: words.title, fault, ownPrimary: since === undefined, body })
}
