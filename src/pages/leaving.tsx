// Owns telling apps of a sign-out in the browser (OIDC Front-Channel Logout 1.0), and the page that does it on the way
// back to an app.
import { raw } from 'hono/html'
import { framesPolicy } from './csp.js'
import { page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import type { LeavingPageProps, Page } from './props.js'
import { Name } from './text.js'

/**
 * Each app can only clear what it keeps in this browser: without top navigation, popups and dialogs none of them
 * leads the person away from the others, or holds the page up with a question.
 */
export const LogoutFrames = ({ frames }: { frames: readonly string[] }) =>
  frames.map((uri) => (
    <iframe src={uri} title={new URL(uri).host} hidden sandbox="allow-scripts allow-same-origin" />
  ))

// Browsers refresh once every frame has loaded or failed; the script is for those that do neither.
const script = "setTimeout(() => location.replace(document.querySelector('main a').href), 4000)"

/**
 * Opens `frames` and goes on to `onward`, an absolute URI that may leave for an app: when all have answered, or after
 * four seconds, or by the link.
 */
export const leavingPage = (props: LeavingPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title } = m.loggedOut
  const { host, protocol } = new URL(props.onward)
  const place = (
    <strong>
      <Name>{host || protocol}</Name>
    </strong>
  )
  const body = (
    <>
      <h1>{title}</h1>
      <p>{m.formPost.explanation(place)}</p>
      <p class="muted">{m.formPost.hint}</p>
      <div class="actions">
        <a class="button primary" href={props.onward}>
          {m.formPost.submit}
        </a>
      </div>
      <script>{raw(script)}</script>
      <LogoutFrames frames={props.frames} />
    </>
  )
  const csp = framesPolicy(props.frames, script)
  return page({ frame: props, title, csp, refresh: props.onward, body })
}
