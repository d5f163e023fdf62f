/** What is kept of a message to a user. */
export interface Message {
  id: string;
  sentAt: number;
  poolId: string;
  username: string;
  medium: 'EMAIL' | 'SMS';
  destination: string;
  /** Which occasion: `CustomMessage_SignUp` and its kin. */
  source: string;
  /** Sealed for `cognitoidp.message/ID`: JSON of subject, body and code. */
  content: Uint8Array;
  /** Absent where nothing is really sent. */
  delivery?: 'PENDING' | 'SENT' | 'FAILED';
  /** Why it failed. */
  problem?: string;
}
