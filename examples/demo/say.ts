// Owns how the story is told: numbered steps, what was seen, and a loud end when something is not as it should be.

const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text)
let steps = 0

/** Begins a step of the story. */
export function step(text: string): void {
  steps += 1
  console.log(`\n${bold(`${steps}. ${text}`)}`)
}

/** Something that was seen in this step. */
export function saw(text: string): void {
  console.log(`   ${text}`)
}

/** Ends the story at once unless this holds. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`this should be so, but is not: ${what}`)
}
