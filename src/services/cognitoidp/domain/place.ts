/** Where something of a cloud is. */
export interface Place {
  account: string;
  region: string;
}
