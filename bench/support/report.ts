import { availableParallelism, cpus } from 'node:os'

/** What a measurement found: printed as tables, or as one line of JSON with the same figures. */
export interface Report {
  /** The command, without `bench:`. */
  bench: string
  tables: readonly Table[]
  goals?: readonly Goal[]
}

export interface Table {
  /** What the line of JSON calls it. */
  name: string
  title: string
  /** Heading of each column, by its key in the rows, in order; units belong here. */
  columns: Readonly<Record<string, string>>
  rows: readonly Readonly<Record<string, string | number>>[]
}

/** What was hoped for: `value` is to be at least, or at most, `limit`. */
export interface Goal {
  goal: string
  value: number
  atLeast?: number
  atMost?: number
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** Three significant digits: more would pretend to a precision that no shared machine has. */
export const round = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(3)) : value)

/** `--sizes 1,50,200` as numbers, none greater than `most`: a load has a bound. */
export const sizesOf = (text: string, most: number): number[] =>
  text.split(',').map(part => {
    const size = Number(part)
    if (!Number.isInteger(size) || size < 1) throw new Error(`${part} is no size`)
    return Math.min(size, most)
  })

const machine = (): string => `${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}`

/** Prints what was found. Figures are rounded in both forms. */
export function print({ bench, tables, goals = [] }: Report, { json }: { json: boolean }): void {
  const date = new Date().toISOString().slice(0, 10)
  const judged = goals.map(each => ({ ...each, value: round(each.value), met: isMet(each) }))
  if (json) {
    const rows = tables.map(table => [table.name, table.rows.map(row => mapValues(row, rounded))] as const)
    console.log(JSON.stringify({ bench, date, machine: machine(), ...Object.fromEntries(rows), goals: judged }))
    return
  }
  console.log(`npm run bench:${bench}, ${date}, ${machine()}`)
  for (const { title, columns, rows } of tables) console.log(`\n${title}\n\n${tableText(columns, rows)}`)
  if (judged.length === 0) return
  console.log('\nGoals\n')
  for (const { goal, value, met } of judged) console.log(`${met ? 'reached' : 'MISSED '}  ${goal}: ${value}`)
}

const isMet = ({ value, atLeast = -Infinity, atMost = Infinity }: Goal): boolean => value >= atLeast && value <= atMost

const rounded = (value: string | number): string | number => (typeof value === 'number' ? round(value) : value)

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))

/** Markdown, so that a result can be kept in the README as it was printed. */
function tableText(columns: Table['columns'], rows: Table['rows']): string {
  const keys = Object.keys(columns)
  const cells = [
    Object.values(columns),
    ...rows.map(row => keys.map(key => rounded(row[key] ?? '').toLocaleString('en'))),
  ]
  const widths = keys.map((_, i) => Math.max(3, ...cells.map(line => line[i]?.length ?? 0)))
  const line = (parts: readonly string[]): string =>
    `| ${parts.map((part, i) => part.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = cells
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
