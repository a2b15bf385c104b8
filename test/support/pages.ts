import type { Answer, LocalRun } from './local-run.ts'

type Item = Record<string, unknown>

/** Every page of a list, and the items of all pages. */
export async function pagesOf(
  run: LocalRun,
  user: string,
  path: string,
  field: string,
): Promise<{ answers: Answer[]; items: Item[] }> {
  const answers: Answer[] = []
  let cursor: string | undefined
  do {
    const query: string = cursor === undefined ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`
    const answer = await run.expect(200, user, 'GET', `${path}${query}`)
    answers.push(answer)
    cursor = (answer.body['cursor'] as string | null) ?? undefined
  } while (cursor !== undefined)
  return { answers, items: answers.flatMap(({ body }) => body[field] as Item[]) }
}

/** The users that a list names, sorted. */
export const usersOf = (items: readonly Item[]): string[] => items.map(item => String(item['user'])).sort()
