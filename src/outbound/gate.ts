// Owns which addresses the server may send requests to: those of the public internet, and what is exempt.
import ipaddr from 'ipaddr.js'
import { splitFetchException } from '../config-schema.js'
import type { ChosenBy, FetchPurpose } from '../protocol/requester.js'

export type GateOptions = {
  /** Entries of GRANTOR_FETCH_ALLOW. */
  readonly allow: readonly string[]
  /** Whether this computer may be reached without being exempt. */
  readonly loopback: boolean
}

export type Gate = {
  /** Whether a request for `host` may go to this address of it; both as URL.hostname spells them, without brackets. */
  isOpen(host: string, address: string): boolean
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** RFC 4291 2.4: all unicast addresses of the internet that were ever given out. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** The purposes of an entry that names none, for addresses that an administrator has chosen. */
const usualPurposes: readonly FetchPurpose[] = ['logout', 'keys']

export function createGate(
  { allow, loopback }: GateOptions,
  purpose: FetchPurpose,
  chosenBy: ChosenBy,
): Gate {
  const unnamed = chosenBy === 'administrator' && usualPurposes.includes(purpose)
  const targets = allow
    .map(splitFetchException)
    .filter((entry) => (entry.purpose === undefined ? unnamed : entry.purpose === purpose))
    .map(({ target }) => target)
  const names = new Set(targets.filter((target) => !isNumeric(target)).map((name) => name.toLowerCase()))
  const ranges = targets.filter(isNumeric).map(readRange)
  const isExempt = (address: Address) => ranges.some((range) => covers(range, address))
  return {
    isOpen(host, text) {
      const address = ipaddr.process(text)
      if (names.has(host) || isExempt(address)) return true
      return address.range() === 'loopback' ? loopback : isPublic(address)
    },
  }
}

export function isLoopbackAddress(text: string): boolean {
  return ipaddr.process(text).range() === 'loopback'
}

/** The library knows the registries of RFC 6890: private, shared, link-local, reserved, translated and the like. */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || covers(globalUnicast, address)
}

function covers([network, bits]: [Address, number], address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits)
}

function isNumeric(entry: string): boolean {
  return ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry)
}

function readRange(entry: string): [Address, number] {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry)
  const address = ipaddr.process(entry)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
