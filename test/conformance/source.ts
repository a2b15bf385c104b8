import 'vitest'

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/'

/** The title of a check: its number in the list of docs/local-run.md, what holds, and the AWS page that says so. */
export const aws = (check: string, page: string): string =>
  `${check} [${page.startsWith('https:') ? page : `${GUIDE}${page}.html`}]`

declare module 'vitest' {
  interface TaskMeta {
    /** What was taken away from the role of which function, and what broke; undefined: nothing did. */
    statements?: { function: string; without: string; broke: string | undefined }[]
  }
}
