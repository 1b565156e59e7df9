// Owns what the pages about another device are told.
import type { Throttled } from './account-props.js'
import type { AppView, ConsentPageProps, Frame } from './props.js'

export type DeviceCodePageProps = Frame & {
  action: string
  csrf: string
  /** What was typed, or what a link has brought. */
  typed?: string | undefined
  brought?: boolean | undefined
  error?: { kind: 'missing' | 'unknown' | 'used' } | Throttled | undefined
}

export type ConfirmDevicePageProps = Pick<
  ConsentPageProps,
  keyof Frame | 'action' | 'csrf' | 'app' | 'account' | 'notYou' | 'groups' | 'offline'
> & {
  /** As the device shows it. */
  userCode: string
  /** Epoch seconds. */
  askedAt: number
  /** The address that the device asked from. */
  askedFrom?: string | undefined
}

export type DeviceOutcomePageProps = Frame & {
  kind: 'allowed' | 'denied' | 'used' | 'expired'
  app?: AppView | undefined
}
