/** Parts of API Gateway that stand beside APIs, in the words of its reference (times in milliseconds). */

export interface ClientCertificate {
  clientCertificateId: string;
  description?: string | undefined;
  pemEncodedCertificate: string;
  /** Never shown: what the connection to a backend would be authenticated with. */
  privateKey: string;
  createdDate: number;
  expirationDate: number;
  tags?: Record<string, string> | undefined;
}

/** A link of REST APIs to network load balancers. */
export interface VpcLink {
  id: string;
  name: string;
  description?: string | undefined;
  targetArns: string[];
  tags?: Record<string, string> | undefined;
}

/** A link of HTTP APIs to subnets. */
export interface HttpVpcLink {
  VpcLinkId: string;
  Name: string;
  SecurityGroupIds: string[];
  SubnetIds: string[];
  Tags?: Record<string, string> | undefined;
  CreatedDate: number;
}

export interface DocumentationPart {
  id: string;
  location: DocumentationLocation;
  /** A JSON object. */
  properties: string;
}

export interface DocumentationLocation {
  type: string;
  path?: string | undefined;
  method?: string | undefined;
  statusCode?: string | undefined;
  name?: string | undefined;
}

/** All parts as they were when the version was made. */
export interface DocumentationVersion {
  version: string;
  createdDate: number;
  description?: string | undefined;
  parts: DocumentationPart[];
}

/** Who may reach a private domain name: a VPC endpoint. */
export interface DomainAccess {
  id: string;
  domainName: string;
  domainNameId: string;
  accessAssociationSourceType: string;
  accessAssociationSource: string;
  tags?: Record<string, string> | undefined;
}
