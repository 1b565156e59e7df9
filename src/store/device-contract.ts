// Owns the contract of the store about device authorization (RFC 8628): what devices ask for, and what is answered.
import type { Origin } from './rows.js'

/** What a device asks a person for. Times are whole seconds since the epoch. */
export type DeviceRequest = {
  readonly id: string
  /** Of the device code, which is `id.secret`. */
  readonly secretHash: string
  /** Eight letters, without the dash that people see. */
  readonly userCode: string
  readonly clientId: string
  readonly scope: string[]
  readonly resources: string[]
  readonly explicitResource: boolean
  /** Where the device asked from. */
  readonly ip?: string | undefined
  /** Seconds that must lie between two polls; it only grows. */
  readonly interval: number
  readonly polledAt?: number | undefined
  /** The interaction in which a person answered; absent as long as nobody has. */
  readonly answeredIn?: string | undefined
  /** What they allowed; absent when they said no. */
  readonly grantId?: string | undefined
  readonly createdAt: number
  readonly expiresAt: number
  /** Kept until then, so that who comes late hears that it has expired. */
  readonly keepUntil: number
}

export type DeviceRequests = {
  /** False if the user code is another's. */
  create(request: DeviceRequest, origin: Origin): Promise<boolean>
  find(id: string): Promise<DeviceRequest | undefined>
  findByUserCode(userCode: string): Promise<DeviceRequest | undefined>
  /** Notes a poll. Compare-and-set on the one before: false if there has been another since. */
  poll(id: string, at: number, previous: number | undefined): Promise<boolean>
  /** Lets the interval grow by `seconds`, as long as it is shorter than `longest`; also a poll. */
  slowDown(id: string, at: number, seconds: number, longest: number): Promise<boolean>
  /** Compare-and-set, refused once expired: of all answers one counts. Without a grant it is a no. */
  answer(
    id: string,
    answer: { readonly at: number; readonly answeredIn: string; readonly grantId?: string | undefined },
  ): Promise<boolean>
  removeByClient(clientId: string): Promise<void>
}
