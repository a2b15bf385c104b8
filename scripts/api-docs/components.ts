import * as answers from '../../protocol/schemas/answers.ts'
import * as http from '../../protocol/schemas/http.ts'
import { jsonObject } from '../../protocol/schemas/json.ts'
import { subject } from '../../protocol/schemas/values.ts'

/** The schemas of the HTTP API, by the names that the reference gives them. */
export const HTTP_SCHEMAS = {
  Id: http.id,
  Role: http.role,
  Subject: subject,
  Settings: jsonObject,
  Change: http.changeBody,
  CreateGroup: http.createGroupBody,
  PutMember: http.memberBody,
  Revert: http.revertBody,
  EventBody: http.eventBody,
  SettingsDocument: answers.settingsDocument,
  Me: answers.me,
  Delivery: answers.delivery,
  UpdateResult: answers.updateResult,
  HistoryEntry: answers.historyEntry,
  HistoryPage: answers.historyPage,
  Member: answers.member,
  MemberPage: answers.memberPage,
  PresentMember: answers.presentMember,
  PresencePage: answers.presencePage,
  EventResult: answers.eventResult,
  SignOutResult: answers.signOutResult,
  ErrorCode: answers.errorCode,
  Problem: answers.problem,
} as const

export type SchemaName = keyof typeof HTTP_SCHEMAS
