/* Written by scripts/write-openapi.mjs from docs/reference/openapi.json. */

export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description Whether the process answers.
         */
        get: operations["getHealthLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process does its work
         * @description Whether the process does its work: 503 while a stage waits for something broken, while what it works with cannot be reached, and while it shuts down.
         */
        get: operations["getHealthReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Numbers in the text format of Prometheus
         * @description Numbers in the text format of Prometheus.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compares the index with the log, and repairs it where that is asked for
         * @description Compares the index with the log, and repairs it where that is asked for. It ends when the caller goes away.
         */
        post: operations["postV1Audit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blobs/collect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deletes pictures and thumbnails that nothing refers to
         * @description Deletes pictures and thumbnails that nothing refers to. It ends when the caller goes away.
         */
        post: operations["postV1BlobsCollect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calibrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Edits images of the live generation, measures how well copies are told from strangers, and stores in the log what searches tell them by from then on
         * @description Edits images of the live generation, measures how well copies are told from strangers, and stores in the log what searches tell them by from then on. It ends when the caller goes away.
         */
        post: operations["postV1Calibrate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calibration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the matches of the live generation's encoder are told by
         * @description What the matches of the live generation's encoder are told by.
         */
        get: operations["getV1Calibration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events that were set aside, the newest first
         * @description Events that were set aside, the newest first.
         */
        get: operations["getV1DeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same, to discard them
         * @description The same, to discard them.
         */
        post: operations["postV1DeadLettersDiscard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Of all open letters with a reason those that one request may reach
         * @description Of all open letters with a reason those that one request may reach; `next` leads to the others.
         */
        post: operations["postV1DeadLettersRedrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of them, with the whole original
         * @description One of them, with the whole original.
         */
        get: operations["getV1DeadLettersId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Nothing more is wanted of it
         * @description Nothing more is wanted of it.
         */
        post: operations["postV1DeadLettersIdDiscard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Its event will be sent again
         * @description Its event will be sent again: it is recorded; an embedder does it.
         */
        post: operations["postV1DeadLettersIdRedrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists groups of images that are copies of their first one, as far as nobody has settled them
         * @description Lists groups of images that are copies of their first one, as far as nobody has settled them.
         */
        get: operations["getV1Duplicates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/duplicates/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what was decided, the last first
         * @description Lists what was decided, the last first.
         */
        get: operations["getV1DuplicatesDecisions"];
        put?: never;
        /**
         * Decides about images
         * @description Decides about images. That they are no duplicates, or are to be kept, takes effect for all pairs of them; a resolution deletes all but those that stay, where `delete` says so.
         */
        post: operations["postV1DuplicatesDecisions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/duplicates/decisions/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a decision back
         * @description Takes a decision back. Images that it has deleted are added again, as long as their pictures are in the store.
         */
        post: operations["postV1DuplicatesDecisionsIdUndo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts what images have
         * @description Counts what images have: the commonest values of attributes and fields, the least and the greatest of numbers and dates.
         */
        get: operations["getV1Facets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists images with their states, and why those that failed did
         * @description Lists images with their states, and why those that failed did.
         */
        get: operations["getV1Images"];
        put?: never;
        /**
         * Adds an image
         * @description Adds an image. Without an imageId it is given one. With `check` the collection is searched for the picture first.
         */
        post: operations["postV1Images"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a stream of changes, each a line
         * @description Takes a stream of changes, each a line. A client has to read results while it sends: the server reads no further than its results are taken.
         */
        post: operations["postV1ImagesBulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of an image
         * @description What became of an image; with `minVersion`, as soon as that version is visible to searches.
         */
        get: operations["getV1ImagesImageId"];
        /**
         * Replaces an image by the whole new state, or adds it
         * @description Replaces an image by the whole new state, or adds it. With `check` other images are searched for the picture first.
         */
        put: operations["putV1ImagesImageId"];
        post?: never;
        /**
         * Deletes an image, whether it is there or not
         * @description Deletes an image, whether it is there or not.
         */
        delete: operations["deleteV1ImagesImageId"];
        options?: never;
        head?: never;
        /**
         * Merges attributes into the last accepted ones (RFC 7396
         * @description Merges attributes into the last accepted ones (RFC 7396: `null` removes).
         */
        patch: operations["patchV1ImagesImageId"];
        trace?: never;
    };
    "/v1/images/{imageId}/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds the images that are copies of one of the collection, edited or as it is
         * @description Finds the images that are copies of one of the collection, edited or as it is.
         */
        get: operations["getV1ImagesImageIdDuplicates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erases an image and what is left of it
         * @description Erases an image and what is left of it. It ends when the caller goes away; the same call goes on where it stopped.
         */
        post: operations["postV1ImagesImageIdErase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds the images that look like one of the collection
         * @description Finds the images that look like one of the collection.
         */
        get: operations["getV1ImagesImageIdSimilar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{imageId}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A small WebP of the upright picture
         * @description A small WebP of the upright picture. `?version=N`, as the page asks for it, lets the browser keep the thumbnail for good.
         */
        get: operations["getV1ImagesImageIdThumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document
         * @description This document.
         */
        get: operations["getV1OpenapiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The generations of the index and how far they are
         * @description The generations of the index and how far they are.
         */
        get: operations["getV1Reindex"];
        put?: never;
        /**
         * Begins to build a new generation beside the live one
         * @description Begins to build a new generation beside the live one.
         */
        post: operations["postV1Reindex"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives it up
         * @description Gives it up.
         */
        post: operations["postV1ReindexCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drops the generation that was kept for a step back
         * @description Drops the generation that was kept for a step back.
         */
        post: operations["postV1ReindexDrop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/drop-vectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drops the vectors of an encoder that no generation uses any more
         * @description Drops the vectors of an encoder that no generation uses any more.
         */
        post: operations["postV1ReindexDropVectors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Holds up the one that is built
         * @description Holds up the one that is built.
         */
        post: operations["postV1ReindexPause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What that would cost
         * @description What that would cost.
         */
        post: operations["postV1ReindexPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Goes on with it
         * @description Goes on with it.
         */
        post: operations["postV1ReindexResume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Steps back to the generation that was live before
         * @description Steps back to the generation that was live before.
         */
        post: operations["postV1ReindexRollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes it the live one
         * @description Makes it the live one.
         */
        post: operations["postV1ReindexSwitch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reindex/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verifies it once more
         * @description Verifies it once more.
         */
        post: operations["postV1ReindexVerify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finds the images that look like what it is searched by
         * @description Finds the images that look like what it is searched by.
         */
        post: operations["postV1Search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers several searches
         * @description Answers several searches. Each is answered, or refused, by itself. They take turns with all others.
         */
        post: operations["postV1SearchBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the stages are, and how many images there are
         * @description How far the stages are, and how many images there are.
         */
        get: operations["getV1Status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Its event is durable. */
        Accepted: {
            imageId: components["schemas"]["ImageId"];
            version: number;
            position: components["schemas"]["Position"];
            /** @description Images that have the picture already, at most 10, surest first; there where the request asks for a check. */
            duplicates?: components["schemas"]["Duplicate"][];
            /** @description Where to ask what became of it. */
            status: string;
        };
        /** @description What became of one. */
        Acted: {
            id: string;
            state: components["schemas"]["LetterState"];
        };
        ActedOnMany: {
            count: number;
            /** @description Cursor for the others; `null` when all are done. */
            next: null | string;
        };
        Alignment: {
            /** @description 0 to 1: the share of the evidence that two copies could give for being of the same picture that they do give. Not a probability: it is calibrated together with what else is known. */
            score: number;
            /** @description How the query has to be turned to lie as the candidate does. */
            turn: components["schemas"]["Turn"];
            /** @description Root of the area of the query's frame over that of the candidate's: 0.5 for the middle half of a picture, 2 the other way. */
            scale: number;
            /** @description Share of the smaller frame that lies inside the larger, 0 to 1. */
            overlap: number;
            /** @description What both show, and where: within 5 % of a side, for pictures are laid over each other in 48 pixels. `null` where nothing is found. */
            common: components["schemas"]["CommonPart"] | null;
        };
        /**
         * @description `strings` is a list of strings: equals, in and prefix match when one item does. A `date` is a text that `dateMs` reads.
         * @enum {string}
         */
        AttributeType: "boolean" | "date" | "number" | "string" | "strings";
        AttributeValue: boolean | string[] | number | string;
        AuditBody: {
            /** @description By its name, or by its role: `live`, `next`, `previous`. */
            generation?: string;
            /** @description Vectors taken at random that are compared with the log's; all of them with `allVectors`. */
            vectors?: number;
            allVectors?: boolean;
            /** @description Whether the pictures are there. */
            blobs?: boolean;
            /** @description Whether their bytes are what they were: every picture is read. */
            blobBytes?: boolean;
            repair?: boolean;
            /** @description How long the stages are waited for. */
            waitSeconds?: number;
            /** @description Compares what there is, also while the stages are behind. */
            evenIfBehind?: boolean;
        };
        /** @description Each in milliseconds. */
        AuditDurations: {
            /** @description For the stages. */
            wait: number;
            foldLog: number;
            scanIndex: number;
            /** @description Joining both sides, looking at blobs and looking a second time. */
            compare: number;
            compareVectors: number;
            total: number;
        };
        AuditFinding: {
            kind: components["schemas"]["FindingKind"];
            imageId: components["schemas"]["ImageId"];
            /** @description Of its events. */
            partition: number;
            /** @description The last event below the watermark; `null` where there is none, or where it was not looked at (`wrong-vector`). */
            logged: components["schemas"]["Logged"] | null;
            indexed: components["schemas"]["Indexed"] | null;
            /** @description `wrong-vector`: the least of its vectors; `null` of another length or without a direction. */
            cosine?: null | number;
        };
        AuditReport: {
            generation: string;
            /**
             * @description `clean`: index = fold(log) at the watermarks. `damaged`: something was found. `behind`: the stages had not come to the watermarks; nothing was found, but what waits for them is not known to be right.
             * @enum {string}
             */
            verdict: "behind" | "clean" | "damaged";
            watermarks: components["schemas"]["Position"][];
            /** @description Records below the marks that a stage had not handled; an upper bound where compaction left gaps. */
            behind: {
                embed: number;
                index: number;
            };
            /** @description `null` when it was not compared, since the stages were behind. */
            comparison: components["schemas"]["Comparison"] | null;
            durationsMs: components["schemas"]["AuditDurations"];
        };
        /** @description One partition of the events. `offset` is the watermark: everything below was audited. */
        AuditedPartition: {
            partition: number;
            /** @description 0 or more, a safe integer. */
            offset: number;
            /** @description The first offset that is still there. Above 0 the log has lost its beginning, and what is `extra` may be of it. */
            low: number;
            /** @description Of this partition's images, as those of `Comparison`. */
            digests: components["schemas"]["Digests"];
        };
        BatchAnswer: components["schemas"]["Problem"] | {
            results: components["schemas"]["FoundAnswer"][];
            /** @constant */
            status: 200;
            /** @description Where more results follow. */
            nextCursor: null | string;
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
                /** @description False when the weights are not trained: then it finds near-duplicates only. */
                trained: boolean;
            };
            generation: string;
            mode: components["schemas"]["SearchMode"];
            steps: components["schemas"]["Step"][];
            warnings: components["schemas"]["Warning"][];
            tookMs: number;
        };
        BatchBody: {
            /** @description Each is checked by itself, so that a wrong one is its own matter only. */
            searches: components["schemas"]["SearchBody"][];
        };
        BlobCount: {
            blobs: number;
            bytes: number;
        };
        /** @description All open letters with a reason; others may narrow it further. */
        BulkBody: {
            imageId?: string;
            /** @description When they were set aside. */
            since?: string;
            until?: string;
            cursor?: string;
            reason: string;
        };
        BulkDelete: {
            /** @enum {string} */
            op?: "add" | "delete" | "update";
            imageId?: string;
        };
        BulkPicture: {
            /** @description Checked by the core, as `attributes` is. */
            imageId?: string;
            /** @description `blob:` and the SHA-256 of a picture that was uploaded before, or an `https:`, `http:` or `s3:` link. */
            uri: string;
            sha256?: string;
            sizeBytes?: number;
            mediaType?: string;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
            /** @enum {string} */
            op?: "add" | "update";
        };
        /** @description What became of a line: its event is durable, or it is refused. */
        BulkResult: {
            line: number;
            status: number;
            imageId: components["schemas"]["ImageId"];
            version: number;
            position: components["schemas"]["Position"];
        } | {
            line: number;
            status: number;
            problem: components["schemas"]["Problem"];
        };
        CalibrateBody: {
            /**
             * @description Images taken at random: all of them where there are fewer.
             * @default 200
             */
            sample?: number;
            /** @description Says what is measured, and stores nothing. */
            dryRun?: boolean;
        };
        /** @description What the matches of an encoder are told by. */
        CalibrationAnswer: {
            generation: string;
            encoder: {
                name: string;
                fingerprint: string;
            };
            vectors: components["schemas"]["ModelOfVector"][];
            /** @description `null` of an encoder that was not calibrated. */
            calibration: components["schemas"]["CalibrationRecord"] | null;
        };
        /** @description What was measured on. */
        CalibrationMeasure: {
            /** @description Of which at least one edit was compared. */
            images: number;
            /** @description Edits of each. */
            edits: number;
            /** @description Pairs of an edited picture and the original of another one. */
            pairs: number;
            /** @description Pairs of originals that are copies of each other, as far as the shipped model tells: they are no strangers, and are left out. */
            copiesAmongSample: number;
            /** @description Pictures that could not be read and edits that could not be made or embedded, by the code of the reason. */
            unusable: {
                pictures: {
                    [key: string]: number;
                };
                edits: {
                    [key: string]: number;
                };
            };
            vectors: components["schemas"]["VectorMeasure"][];
        };
        CalibrationRecord: {
            measured: components["schemas"]["CalibrationMeasure"];
            atMs: number;
            /** @description Who asked: the name of a key; `null` when there are no keys. */
            by: null | string;
        };
        /** @enum {string} */
        Check: "refuse" | "report";
        CollectBody: {
            /** @description Says what would be done, and does nothing. */
            dryRun?: boolean;
        };
        /** @description What one pass has done; of a dry run, what it would have done. */
        CollectionReport: {
            deleted: components["schemas"]["BlobCount"];
            isDryRun: boolean;
            kept: components["schemas"]["BlobCount"];
            restored: components["schemas"]["BlobCount"];
            waiting: components["schemas"]["BlobCount"];
            /** @description What events say was read up to there. */
            watermarks: components["schemas"]["Position"][];
            withdrawn: components["schemas"]["BlobCount"];
        };
        /** @description The part that two pictures have in common, as each of them shows it: a rectangle of the upright picture, borders included. */
        CommonPart: {
            /** @description Of the query; where it is a region of a picture, of that region. */
            query: components["schemas"]["Region"];
            candidate: components["schemas"]["Region"];
        };
        /** @description What was found by comparing; of images, unless something else is said. */
        Comparison: {
            partitions: components["schemas"]["AuditedPartition"][];
            /** @description Two folds are the same when their digests are. The side of the log is its fold at the watermarks, so audits of the same positions, of other generations or copies, have the same. The side of the index is what it holds; an image that has gone on since counts as it was at the watermark. */
            digests: components["schemas"]["Digests"];
            log: {
                events: number;
                /** @description Events that do not parse or lie in a foreign partition; they change nothing. */
                unreadableEvents: number;
                present: number;
                deleted: number;
            };
            /** @description As they were scanned. */
            index: {
                deleted: number;
                failed: number;
                ready: number;
            };
            findings: {
                ahead: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                "blob-changed": {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                "blob-missing": {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                duplicated: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                extra: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                missing: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                resurrected: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                stale: {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                "wrong-state": {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
                "wrong-vector": {
                    count: number;
                    examples: components["schemas"]["AuditFinding"][];
                };
            };
            failed: {
                count: number;
                byReason: {
                    [key: string]: number;
                };
                examples: components["schemas"]["FailedImage"][];
            };
            /** @description They differ since a stage has not come to them yet. */
            waiting: number;
            /** @description They differed from the watermark and have later events. */
            goneOn: number;
            vectorsCompared: number;
            /** @description Distinct within a bucket. */
            blobsChecked: number;
        };
        /** @description An image as it was when somebody decided about it: of its later pictures the decision says nothing. */
        DecidedImage: {
            imageId: components["schemas"]["ImageId"];
            /** @description Of its bytes, in 64 lowercase hex digits. */
            sha256: string;
        };
        /** @description An image, and the picture that was looked at. */
        DecidedImageBody: {
            imageId: string;
            /** @description Of its bytes, as a group has it. The decision says nothing of a picture that comes later. */
            sha256: string;
        };
        /** @description What was decided, or, of a resolution that nobody confirmed, what would be. */
        DecisionAnswer: {
            /** @description `null` when nothing was done. */
            id: null | string;
            /** @enum {string} */
            decision: "keep" | "not-a-duplicate" | "resolve" | "undo";
            /** @description Of a resolution: those that stay. Of an undo: those that were added again. Otherwise all that it is about. */
            kept: components["schemas"]["DecidedImage"][];
            /** @description Deleted, or to be deleted. */
            removed: components["schemas"]["DecidedImage"][];
            /** @description The one that it takes back, of an `undo`. */
            undoes?: string;
            /** @description Who decided: the name of a key; `null` when there are no keys. */
            by: null | string;
            /** @description `null` when nothing was done. */
            at: null | string;
        };
        DecisionBody: {
            /**
             * @description They are different pictures; they are copies and all stay; or one stays and the others are deleted.
             * @enum {string}
             */
            decision: "keep" | "not-a-duplicate" | "resolve";
            images: components["schemas"]["DecidedImageBody"][];
            /** @description Of `resolve`: how the image that stays is chosen. */
            keep?: components["schemas"]["KeepRule"];
            /** @description Of `resolve`, in place of `keep`: the ids of those that stay. */
            keepImages?: string[];
            /**
             * @description Of `resolve`: the others are deleted. Without it the answer says which those are, and nothing is done.
             * @constant
             */
            delete?: true;
        };
        DecisionsAnswer: {
            /** @description The last first. */
            decisions: {
                /** @description `null` when nothing was done. */
                id: null | string;
                /** @enum {string} */
                decision: "keep" | "not-a-duplicate" | "resolve" | "undo";
                /** @description Of a resolution: those that stay. Of an undo: those that were added again. Otherwise all that it is about. */
                kept: components["schemas"]["DecidedImage"][];
                /** @description Deleted, or to be deleted. */
                removed: components["schemas"]["DecidedImage"][];
                /** @description The one that it takes back, of an `undo`. */
                undoes?: string;
                /** @description Who decided: the name of a key; `null` when there are no keys. */
                by: null | string;
                /** @description `null` when nothing was done. */
                at: null | string;
                isUndone: boolean;
            }[];
            nextCursor: null | string;
        };
        /** @description 64 hex digits each, by `SetDigest`. */
        Digests: {
            log: string;
            index: string;
        };
        DropVectorsBody: {
            /** @description Of the encoder. */
            fingerprint: string;
        };
        /** @description An image of the collection that is the picture, or was made from the same one. */
        Duplicate: {
            imageId: components["schemas"]["ImageId"];
            match: components["schemas"]["WantedMatch"];
            /** @description That it is what `match` says, 0 to 1. */
            probability: number;
        };
        DuplicatesAnswer: {
            /** @description Of the whole collection. */
            totals: components["schemas"]["GroupTotals"];
            /** @description Records that are still to be compared, at most; `null` while the log or the index is away, or there is no index yet. */
            waiting: null | number;
            groups: components["schemas"]["GroupAnswer"][];
            nextCursor: null | string;
        };
        EmbeddedAgain: {
            /** @description Records that the index stage will find; ready, failed and deleted ones. */
            written: number;
            /** @description Of those, events that failed; each has a dead letter, of now or before. */
            failed: number;
            /** @description Positions that hold no event of an image. */
            noEvent: number;
        };
        EraseBody: {
            /** @description How long the stages are waited for; 60 when left out. */
            waitSeconds?: number;
        };
        /** @enum {string} */
        ErrorCode: "already-here" | "blob-damaged" | "blob-hash-mismatch" | "blob-missing" | "blob-too-large" | "body-too-large" | "cross-site-refused" | "cursor-expired" | "data-folder-in-use" | "dead-letter-unknown" | "decision-undone" | "decision-unknown" | "encoder-mismatch" | "encoder-unavailable" | "export-file-invalid" | "fingerprint-clash" | "generation-exists" | "generation-kept" | "generation-live" | "generation-lost" | "generation-unknown" | "group-in-use" | "host-not-allowed" | "idempotency-key-reused" | "image-changed" | "image-not-searchable" | "image-unknown" | "index-damaged" | "index-unavailable" | "internal" | "invalid-attributes" | "invalid-cursor" | "invalid-event" | "invalid-filter" | "invalid-image-id" | "invalid-record" | "invalid-request" | "invalid-setting" | "invalid-vector" | "link-answer-unusable" | "link-denied" | "link-given-up" | "link-gone" | "link-hash-mismatch" | "link-refused" | "link-size-mismatch" | "link-too-large" | "link-too-slow" | "link-unavailable" | "log-closed" | "log-damaged" | "log-incomplete" | "log-mismatch" | "log-unavailable" | "media-type-not-supported" | "method-not-allowed" | "model-download-failed" | "model-hash-mismatch" | "model-invalid" | "model-layer-not-found" | "model-missing" | "no-live-generation" | "not-verified" | "offset-out-of-range" | "overloaded" | "partition-lost" | "picture-damaged" | "picture-empty" | "picture-format-not-supported" | "picture-not-recognised" | "picture-too-large" | "picture-too-many-pixels" | "picture-too-slow" | "picture-without-features" | "rate-limited" | "record-too-large" | "region-too-small" | "reindex-under-way" | "request-timeout" | "route-unknown" | "sample-too-small" | "scope-missing" | "search-unavailable" | "storage-unavailable" | "thumbnail-missing" | "timed-out" | "too-many-requests" | "too-many-values" | "topic-mismatch" | "topic-unknown" | "unauthenticated" | "uri-not-supported" | "vectors-being-dropped" | "vectors-in-use" | "vectors-unknown";
        /** @description One of `imageId`, `link` and `vector`. */
        ExampleBody: {
            /** @description An image of the collection. */
            imageId?: string;
            /** @description `http:`, `https:` or `s3:`. */
            link?: string;
            /** @description As the live generation's encoder makes them. */
            vector?: number[];
            /** @description Which of its vectors that is; the one that searches prefer when left out. */
            vectorName?: string;
            /** @description Of a picture or an image. */
            region?: components["schemas"]["RegionBody"];
        };
        /** @description In the order of the request. */
        FacetsAnswerBody: {
            facets: ({
                attribute: string;
                /** @description That have the attribute. */
                images: number;
                /** @description The commonest first; ties by value: `false` first, strings by their code points. */
                values: components["schemas"]["ValueCount"][];
                /** @description Whether there are others. */
                hasMore: boolean;
                type: components["schemas"]["AttributeType"];
            } | {
                field: components["schemas"]["ImageField"];
                /** @description That have the attribute. */
                images: number;
                /** @description The commonest first; ties by value: `false` first, strings by their code points. */
                values: components["schemas"]["ValueCount"][];
                /** @description Whether there are others. */
                hasMore: boolean;
                type: components["schemas"]["AttributeType"];
            } | {
                type: components["schemas"]["AttributeType"];
                images: number;
                min: null | number | string;
                max: null | number | string;
                attribute: string;
            } | {
                type: components["schemas"]["AttributeType"];
                images: number;
                min: null | number | string;
                max: null | number | string;
                field: components["schemas"]["ImageField"];
            })[];
            tookMs: number;
            generation: string;
            /** @description Ready images that the filter holds for. */
            images: number;
        };
        /** @description An image whose picture could not be embedded; that is what it should be, and no finding. */
        FailedImage: {
            imageId: components["schemas"]["ImageId"];
            version: number;
            /** @description An `ErrorCode`, or another version's. */
            reason: string;
        };
        FailureReason: {
            code: components["schemas"]["ErrorCode"];
            message: string;
        };
        /** @description What is wrong with which part of a request. */
        FieldError: {
            /** @description With dots for what is inside: `attributes.album`. */
            field: string;
            rule: string;
        };
        /** @description A condition on an image: on an attribute that its publisher gave it, or on a field that every image has. Attributes must be declared in the generation's schema; an undeclared name or a value of the wrong type is an `invalid-filter`, never an empty answer. A missing attribute matches nothing but `not` and `{exists: false}`. */
        Filter: {
            all: components["schemas"]["Filter"][];
        } | {
            any: components["schemas"]["Filter"][];
        } | {
            attribute: string;
            equals: boolean | number | string;
        } | {
            attribute: string;
            exists: boolean;
        } | {
            attribute: string;
            in: (number | string)[];
        } | {
            attribute: string;
            prefix: string;
        } | {
            attribute: string;
            range: {
                gt?: number | string;
                gte?: number | string;
                lt?: number | string;
                lte?: number | string;
            };
        } | {
            field: components["schemas"]["ImageField"];
            equals: boolean | number | string;
        } | {
            field: components["schemas"]["ImageField"];
            exists: boolean;
        } | {
            field: components["schemas"]["ImageField"];
            in: (number | string)[];
        } | {
            field: components["schemas"]["ImageField"];
            prefix: string;
        } | {
            field: components["schemas"]["ImageField"];
            range: {
                gt?: number | string;
                gte?: number | string;
                lt?: number | string;
                lte?: number | string;
            };
        } | {
            not: components["schemas"]["Filter"];
        };
        /**
         * @description Beside the differences of the fold. `duplicated`: the index has more than one record of the image. `wrong-vector`: the index has another vector than the topic of the vectors at the same version; one of the two is damaged or another encoder's. `blob-missing`, `blob-changed`: the picture of a living image is not in the blob store, or is no longer the bytes that were put.
         * @enum {string}
         */
        FindingKind: "ahead" | "blob-changed" | "blob-missing" | "duplicated" | "extra" | "missing" | "resurrected" | "stale" | "wrong-state" | "wrong-vector";
        /** @description A projection of the generation's schema, as it was fitted. */
        FittedProjection: {
            /** @description Of the vector that it makes. */
            name: string;
            digest: string;
            /** @description Of the variance of the vectors that it was fitted to, what it keeps, 0 to 1. */
            explained: number;
            /** @description How many vectors it was fitted to. */
            sampled: number;
        };
        /** @description Where `include` asks for it there are its `attributes`, its `labels`, the `explanation` of its match, and its `vectors`, none when it was changed while it was being found. */
        FoundAnswer: {
            thumbnail: string;
            vectors?: {
                [key: string]: number[];
            };
            match?: components["schemas"]["MatchKind"];
            probability?: number;
            hash?: components["schemas"]["HashDistance"] | null;
            explanation?: components["schemas"]["MatchExplanation"];
            imageId: components["schemas"]["ImageId"];
            /** @description Cosine of its vector with what was searched by, -1 to 1. */
            score: number;
            version: number;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
            /** @description Of the upright picture, in pixels. */
            width: number;
            height: number;
            /** @description Where duplicates were collapsed: those that it stands for, the best first. */
            duplicates?: components["schemas"]["ImageId"][];
            /** @description Of an encoder that names classes. */
            labels?: components["schemas"]["Label"][];
        };
        GenerationProgress: {
            generation: string;
            role: components["schemas"]["GenerationRole"];
            /** @description Of the one that is built, and of one that is stepped back to; else `null`. */
            phase: ("building-graph" | "creating" | "embedding" | "fitting" | "indexing" | "not-verified" | "paused" | "switching" | "verified" | "verifying") | null;
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
                /** @description SHA-256, in 64 hex digits, of what the fingerprint is the beginning of. Absent where it is not known. */
                digest?: string;
                /** @description False when the weights are not trained: then it finds near-duplicates only. */
                trained: boolean;
                /** @description Whether it names classes, by a head that is trained. Absent: it does not. */
                labels?: boolean;
            };
            attributes: {
                [key: string]: string;
            };
            settings: {
                [key: string]: number;
            };
            profile: components["schemas"]["Profile"];
            /** @description What was fitted for it. */
            fitted: components["schemas"]["FittedProjection"][];
            /** @description What it is filled from. */
            source: components["schemas"]["GenerationSource"];
            startedAt: string;
            by: null | string;
            /** @description `null` when the index does not have it. */
            images: null | {
                deleted: number;
                failed: number;
                ready: number;
            };
            /** @description Records of its source below its marks: handled, and all. */
            done: number;
            total: number;
            perSecond: null | number;
            secondsLeft: null | number;
            /** @description Records that its stages are behind the log now. */
            lag: number;
            /** @description Of what was set aside last since it began: how often each reason. */
            failures: {
                [key: string]: number;
            };
            report: components["schemas"]["VerificationReport"] | null;
            /** @description What it waits for, as far as this process knows. */
            fault: null | {
                code: string;
                message: string;
            };
        };
        /**
         * @description `live`: searches go to it. `previous`: it was live before, and is kept up to date for a step back. `next`: it is being built. `retired`: nobody needs it any more; it goes as soon as the index lets it go.
         * @enum {string}
         */
        GenerationRole: "live" | "next" | "previous" | "retired";
        /** @enum {string} */
        GenerationSource: "events" | "vectors";
        /** @description The last reindex that ended although nobody wanted it to, and why; until another one begins. */
        GivenUp: {
            generation: string;
            reason: string;
        };
        /** @description Images that are copies of the first one. */
        GroupAnswer: {
            /** @description How many there are; of many, `members` has the first. */
            images: number;
            /** @description What deleting all but the first would save. */
            savedBytes: number;
            members: components["schemas"]["MemberAnswer"][];
        };
        /** @enum {string} */
        GroupOrder: "images" | "saved-bytes";
        GroupTotals: {
            groups: number;
            images: number;
            savedBytes: number;
        };
        HashDistance: {
            /** @description Bits of 64 that differ, in the turn in which they are fewest. */
            bits: number;
            /** @description How the query has to be turned to lie as the other does. */
            turn: components["schemas"]["Turn"];
        };
        /** @description An image as `GET /v1/images/{id}` tells of it. `sha256`, `sizeBytes`, `mediaType` and `attributes` are what was accepted last; what was found out about the picture is there only when it is of these very bytes. */
        ImageAnswer: {
            imageId: components["schemas"]["ImageId"];
            /** @enum {string} */
            state: "deleted" | "failed" | "ready" | "waiting";
            version: null | number;
            visibleVersion?: number;
            waiting?: components["schemas"]["WaitingAnswer"];
            reason?: components["schemas"]["FailureReason"];
            width?: number;
            height?: number;
            perceptualHash?: string;
            thumbnail?: string;
            labels?: components["schemas"]["Label"][];
            /** @description Lowercase hex SHA-256 of the bytes. */
            sha256?: string;
            sizeBytes?: number;
            /** @description For example `image/jpeg`. */
            mediaType?: string;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
        };
        /** @enum {string} */
        ImageField: "eventTime" | "height" | "labels" | "mediaType" | "sizeBytes" | "width";
        /** @description The publisher's own name for an image: 1 to 256 Unicode characters, no control characters, no lone surrogates, not `.` or `..`. */
        ImageId: string;
        /** @enum {string} */
        ImageRecordState: "deleted" | "failed" | "ready";
        /** @enum {string} */
        Included: "attributes" | "explanation" | "labels" | "vectors";
        /** @description What the index holds of an image. */
        Indexed: {
            version: number;
            state: components["schemas"]["ImageRecordState"];
        };
        /** @enum {string} */
        KeepRule: "bytes" | "date" | "resolution";
        /** @description A class that a trained head of the encoder sees in a picture. */
        Label: {
            name: string;
            /** @description 0 to 1, as the head has it: it is not calibrated. */
            probability: number;
        };
        LetterAnswer: {
            id: string;
            state: components["schemas"]["LetterState"];
            /** @description When it was set aside. */
            time: string;
            reason: components["schemas"]["FailureReason"];
            original: components["schemas"]["OriginalAnswer"] | null;
        };
        LetterCounts: {
            discarded: number;
            erased: number;
            open: number;
            redriven: number;
            redriving: number;
            superseded: number;
        };
        LetterPage: {
            letters: components["schemas"]["LetterAnswer"][];
            /** @description Cursor of the next page. */
            next: null | string;
        };
        /** @enum {string} */
        LetterState: "discarded" | "open" | "redriven" | "redriving" | "superseded";
        /** @description Images in an order that never changes, and the cursor of the next page. */
        ListAnswerBody: {
            images: components["schemas"]["ListedImage"][];
            generation: string;
            /** @description Where more images follow. */
            nextCursor: null | string;
            tookMs: number;
        };
        /** @description An image as lists have it: what searches see of it. */
        ListedImage: {
            imageId: components["schemas"]["ImageId"];
            /** @enum {string} */
            state: "deleted" | "failed" | "ready" | "waiting";
            version: null | number;
            reason?: components["schemas"]["FailureReason"];
            width?: number;
            height?: number;
            perceptualHash?: string;
            thumbnail?: string;
            labels?: components["schemas"]["Label"][];
            eventTime: string;
            /** @description Lowercase hex SHA-256 of the bytes. */
            sha256?: string;
            sizeBytes?: number;
            /** @description For example `image/jpeg`. */
            mediaType?: string;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
        };
        /** @description What the log's last event makes of an image. */
        Logged: {
            version: number;
            deleted: boolean;
        };
        /** @description What the word `match` rests on. */
        MatchExplanation: {
            /** @description How many strangers of the collection show as much evidence, on average, for a query. */
            falseMatches: number;
            /** @description `null` where no second look was taken. */
            alignment: components["schemas"]["Alignment"] | null;
        };
        /** @enum {string} */
        MatchKind: "identical" | "look-alike" | "same-picture";
        MemberAnswer: {
            imageId: components["schemas"]["ImageId"];
            /** @description Of its bytes. */
            sha256: string;
            sizeBytes: number;
            width: number;
            height: number;
            eventTime: string;
            thumbnail: string;
            /** @description With the first one: the same bytes, or the same picture. */
            match: components["schemas"]["WantedMatch"];
            /** @description 0 to 1: that it is so. */
            probability: number;
            /** @description How it has to be turned to lie as the first one does; `null` where that is not known. */
            turn: ("flip" | "flop" | "none" | "rotate-180" | "rotate-270" | "rotate-90" | "transpose" | "transverse") | null;
            /** @description Somebody has decided to keep it: by a rule it stays. */
            isKept: boolean;
        };
        /** @description Of a vector that the generation is searched by: calibrated, shipped with this version, or for encoders that nobody has measured. */
        ModelOfVector: {
            vector: string;
            /** @enum {string} */
            model: "calibrated" | "pictures-alone" | "shipped";
        };
        NamedStageStatus: {
            name: components["schemas"]["StageName"];
            generation: string;
            /** @description Fingerprint. */
            encoder: string;
            role: components["schemas"]["GenerationRole"];
            topic: string;
            group: string;
            lag: number;
            partitions: components["schemas"]["PartitionStatus"][];
            /** @description Of the partition that is furthest behind in time. */
            lagSeconds: number;
            /** @description Records a second that all members of the group have committed in the last minute; `null` when not known yet. */
            perSecond: null | number;
            /** @description Until nothing waits, at that rate; `null` when not known, or when nothing moves. */
            secondsLeft: null | number;
        };
        OriginalAnswer: {
            /** @description When the log took it. */
            time: string;
            sizeBytes: null | number;
            /** @description `null` only for records that a foreign publisher wrote without a key. */
            key: null | string;
            topic: string;
            partition: number;
            offset: number;
        };
        PartitionStatus: {
            partition: number;
            /** @description The next offset that will be written. */
            end: number;
            /** @description The next offset to be handled; everything below is done. */
            committed: number;
            /** @description Records between the two; an upper bound where compaction left gaps. */
            lag: number;
            /** @description Since the log took the oldest record that is not handled; 0 when none waits. */
            lagSeconds: number;
        };
        PatchBody: {
            /** @description `null` removes one. */
            attributes: {
                [key: string]: boolean | string[] | null | number | string;
            };
        };
        /** @description A picture that is in the blob store already, or that a link leads to. */
        PictureBody: {
            /** @description Checked by the core, as `attributes` is. */
            imageId?: string;
            /** @description `blob:` and the SHA-256 of a picture that was uploaded before, or an `https:`, `http:` or `s3:` link. */
            uri: string;
            sha256?: string;
            sizeBytes?: number;
            mediaType?: string;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
        };
        /** @description The fields of a multipart request, before or after the file. */
        PictureFields: {
            /** Format: binary */
            file: Blob;
            /** @description In a PUT it must be the path's. */
            imageId?: string;
            attributes?: {
                [key: string]: components["schemas"]["AttributeValue"];
            };
        };
        /** @description Where a record stands in a topic. Offsets of a partition only grow; they may have gaps after compaction. */
        Position: {
            partition: number;
            /** @description 0 or more, a safe integer. */
            offset: number;
        };
        /** @description From where on a result is called the same picture, in a collection of the present size and at the wanted precision, by a search with the picture as it is. One in its turns takes more, where the cosine counts: each turn has as many strangers. */
        PresentThreshold: {
            images: number;
            precision: number;
            /** @description The share of strangers that may have as much evidence. */
            share: number;
            /** @description The evidence that it takes, as the weighted sum of the signals. */
            strength: number;
            recall: components["schemas"]["RecallByKind"];
        };
        /** @description RFC 9457, with members of ours. Programs read `code`, which also ends `type`. */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: components["schemas"]["ErrorCode"];
            canRetry: boolean;
            errors?: components["schemas"]["FieldError"][];
        } & {
            [key: string]: unknown;
        };
        /** @description What is searched of the vectors that the log has. `literal`: each as it is. `lean`: of the large ones a projection to `components` numbers, whose candidates are ordered by the vector itself. */
        Profile: {
            /** @constant */
            kind: "lean";
            components: number;
        } | {
            /** @constant */
            kind: "literal";
        };
        /** @description The share of edited pictures that is found, 0 to 1: 0 where there are none. */
        RecallByKind: {
            all: number;
            easy: number;
            hard: number;
        };
        RecallOfEdit: {
            edit: string;
            /** @enum {string} */
            kind: "easy" | "hard";
            /** @description Pictures with this edit. */
            pictures: number;
            recall: number;
            recallBySignal: {
                alignment: number;
                cosine: number;
                hash: number;
            };
        };
        /** @description A rectangle of an upright picture: each number is a share of its width or height, 0 to 1. */
        Region: {
            left: number;
            top: number;
            width: number;
            height: number;
        };
        /** @description Shares of an upright picture's width and height, 0 to 1. */
        RegionBody: {
            left: number;
            top: number;
            width: number;
            height: number;
        };
        ReindexAnswer: {
            live: components["schemas"]["GenerationProgress"] | null;
            next: components["schemas"]["GenerationProgress"] | null;
            previous: components["schemas"]["GenerationProgress"] | null;
            unusedVectors: components["schemas"]["UnusedVectors"][];
            /** @description The last one that was begun, when it ended although nobody wanted it to. */
            givenUp: components["schemas"]["GivenUp"] | null;
        };
        /** @description What a reindex would cost; estimates. */
        ReindexPlan: {
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
                /** @description SHA-256, in 64 hex digits, of what the fingerprint is the beginning of. Absent where it is not known. */
                digest?: string;
                /** @description False when the weights are not trained: then it finds near-duplicates only. */
                trained: boolean;
                /** @description Whether it names classes, by a head that is trained. Absent: it does not. */
                labels?: boolean;
            };
            profile: components["schemas"]["Profile"];
            source: components["schemas"]["GenerationSource"];
            /** @description In the live generation, ready and failed; `null` when the index has lost it, and with that how many there are. */
            images: null | number;
            /** @description Pictures to fetch, decode and embed. */
            toEmbed: null | number;
            /** @description Of the model alone, measured just now in this process; `null` where it has none, or nothing is to be embedded. */
            picturesPerSecond: null | number;
            /** @description Why its model does not open in this process; `null` when it does, or was not tried. */
            modelFault: components["schemas"]["FailureReason"] | null;
            embedSeconds: null | number;
            /** @description Beside what the live generation takes, until that is dropped. */
            memoryBytes: null | number;
            diskBytes: null | number;
            /** @description What the live generation takes by the same reckoning, and gives back then. */
            live: {
                profile: components["schemas"]["Profile"];
                memoryBytes: null | number;
                diskBytes: null | number;
            };
        };
        /** @description What stays in the log's files beside the id and its deletion, and until when. */
        Remains: {
            topic: string;
            /** @description Records of it that can still be read; `null` where only its files may hold them. */
            records: null | number;
            /** @description When they are gone, in milliseconds since 1970, UTC; `null`: with the topic. */
            goneAtMs: null | number;
        };
        /**
         * @description What helps where putting a record through again does not. `reindex`: build another generation; of a few images, publishing their last state again (of an `extra` one, its deletion) helps too, since a new event has a new version. `bring-back-log`: the newer log, if there still is one, else `reindex`. `bring-back-blob`: put the bytes into the blob store again. `see-dead-letter`: the generation cannot take the record, and the index stage has set it aside with the reason.
         * @enum {string}
         */
        Remedy: "bring-back-blob" | "bring-back-log" | "reindex" | "see-dead-letter";
        RepairReport: {
            /** @description Images that are now as the log has them. */
            mended: number;
            unmendable: {
                "bring-back-blob": {
                    count: number;
                    examples: components["schemas"]["Unmendable"][];
                };
                "bring-back-log": {
                    count: number;
                    examples: components["schemas"]["Unmendable"][];
                };
                reindex: {
                    count: number;
                    examples: components["schemas"]["Unmendable"][];
                };
                "see-dead-letter": {
                    count: number;
                    examples: components["schemas"]["Unmendable"][];
                };
            };
            /** @description Events whose vector records are lost, for `embedAgain`. At most 10,000 positions; the next audit finds the others. Where most are lost, let the embed stage's group read the events from the start. */
            needsEmbedding: {
                count: number;
                positions: components["schemas"]["Position"][];
            };
        };
        /** @description Results, best first, and what made them. */
        SearchAnswer: {
            results: components["schemas"]["FoundAnswer"][];
            /** @description Where more results follow. */
            nextCursor: null | string;
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
                /** @description False when the weights are not trained: then it finds near-duplicates only. */
                trained: boolean;
            };
            generation: string;
            mode: components["schemas"]["SearchMode"];
            steps: components["schemas"]["Step"][];
            warnings: components["schemas"]["Warning"][];
            tookMs: number;
        };
        /** @description Searched by what an example says, and by those of `positives`, away from those of `negatives`. What is missing takes its default; `null` is not missing. */
        SearchBody: {
            /** @description An image of the collection. */
            imageId?: string;
            /** @description `http:`, `https:` or `s3:`. */
            link?: string;
            /** @description As the live generation's encoder makes them. */
            vector?: number[];
            /** @description Which of its vectors that is; the one that searches prefer when left out. */
            vectorName?: string;
            /** @description Of a picture or an image. */
            region?: components["schemas"]["RegionBody"];
            /** @default [] */
            positives?: components["schemas"]["ExampleBody"][];
            /** @default [] */
            negatives?: components["schemas"]["ExampleBody"][];
            /** @description Only images that it holds for. Its form is checked where it is read. */
            filter?: components["schemas"]["Filter"];
            /**
             * @description Results of a page.
             * @default 10
             */
            limit?: number;
            /** @description `nextCursor` of an answer to the same query. */
            cursor?: string;
            /** @default balanced */
            mode?: components["schemas"]["SearchMode"];
            /** @description Only images with at least this score. */
            minScore?: number;
            /** @description Only images that are at least this of the one picture that is asked about. */
            minMatch?: components["schemas"]["WantedMatch"];
            /** @description How much results shall differ from each other. Such an answer has one page. */
            diversity?: number;
            /** @description One result for each picture: copies of a better result are left out, and named with that. Such an answer has one page. */
            collapseDuplicates?: boolean;
            /**
             * @default [
             *       "attributes"
             *     ]
             */
            include?: components["schemas"]["Included"][];
        };
        /** @description The same as fields of a form, with a picture. Objects and lists are JSON, `include` is names with commas between. */
        SearchForm: {
            /** @description Of a picture or an image. */
            region?: components["schemas"]["RegionBody"];
            /** @default [] */
            positives?: components["schemas"]["ExampleBody"][];
            /** @default [] */
            negatives?: components["schemas"]["ExampleBody"][];
            /** @description Only images that it holds for. Its form is checked where it is read. */
            filter?: components["schemas"]["Filter"];
            /**
             * @description Results of a page.
             * @default 10
             */
            limit?: number;
            /** @description `nextCursor` of an answer to the same query. */
            cursor?: string;
            /** @default balanced */
            mode?: components["schemas"]["SearchMode"];
            /** @description Only images with at least this score. */
            minScore?: number;
            /** @description Only images that are at least this of the one picture that is asked about. */
            minMatch?: components["schemas"]["WantedMatch"];
            /** @description How much results shall differ from each other. Such an answer has one page. */
            diversity?: number;
            /** @description One result for each picture: copies of a better result are left out, and named with that. Such an answer has one page. */
            collapseDuplicates?: boolean;
            /**
             * @default [
             *       "attributes"
             *     ]
             */
            include?: components["schemas"]["Included"][];
            /** Format: binary */
            file: Blob;
        };
        /** @enum {string} */
        SearchMode: "balanced" | "exact" | "fast";
        /** @enum {string} */
        StageName: "duplicates" | "embed" | "index" | "redrive";
        StartBody: {
            /** @description A shipped encoder by its name, or a manifest. Default: the live generation's. */
            encoder?: {
                [key: string]: unknown;
            } | string;
            /**
             * @description What is searched of the vectors. Default: as the live generation has it.
             * @enum {string}
             */
            profile?: "lean" | "literal";
            /** @description Of `lean`: the numbers that are searched of each large vector. */
            components?: number;
            /** @description Numbers of the index engine by its own names. */
            settings?: {
                [key: string]: number;
            };
            /** @description As soon as it is verified. */
            switchWhenVerified?: boolean;
        };
        Status: {
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
                /** @description SHA-256, in 64 hex digits, of what the fingerprint is the beginning of. Absent where it is not known. */
                digest?: string;
                /** @description False when the weights are not trained: then it finds near-duplicates only. */
                trained: boolean;
                /** @description Whether it names classes, by a head that is trained. Absent: it does not. */
                labels?: boolean;
            };
            generation: string;
            /** @description `null` when the index has lost the generation. */
            images: null | {
                deleted: number;
                failed: number;
                ready: number;
            };
            stages: components["schemas"]["NamedStageStatus"][];
            /** @description By state; `null` after a start, until what was done about them is read. */
            deadLetters: components["schemas"]["LetterCounts"] | null;
        };
        /** @description What was done for an answer, in this order: `query` makes vectors of what is searched by, `candidates` asks the index, `collapse` puts copies together, `diversify` chooses among what is left, and `match` tells which of these are the picture that was asked about. What is done more than once is one step. */
        Step: {
            /** @enum {string} */
            name: "candidates" | "collapse" | "diversify" | "match" | "query";
            /** @description Images that came out of it. */
            images?: number;
            /** @description Of `candidates`: the vectors that images were compared by, one after the other, and how many may have come out of each. */
            stages?: components["schemas"]["StepStage"][];
            /** @description Of all the times that it was done; the rest is of the last. */
            tookMs: number;
        };
        StepStage: {
            vector: string;
            limit: number;
            /** @description Every image was compared. */
            exact: boolean;
        };
        SwitchBody: {
            /** @description Whatever its verification found. */
            force?: boolean;
        };
        /** @enum {string} */
        Turn: "flip" | "flop" | "none" | "rotate-180" | "rotate-270" | "rotate-90" | "transpose" | "transverse";
        Unmendable: {
            finding: components["schemas"]["AuditFinding"];
            remedy: components["schemas"]["Remedy"];
            /** @description A sentence for people. */
            why: string;
        };
        /** @description Vectors that the log has of an encoder that no generation uses. */
        UnusedVectors: {
            encoder: {
                name: string;
                /** @description 16 hex digits over model file, layer, pooling, preprocessing and size. Everything derived carries it. */
                fingerprint: string;
            };
            /** @description They are on their way out. */
            isBeingDropped: boolean;
        };
        ValueCount: {
            value: boolean | string;
            images: number;
        };
        /** @description How well copies are told by one vector, where at most one in 1,000,000 strangers passes: by the fitted tail, and by counting from 1,000,000 pairs on. */
        VectorMeasure: {
            vector: string;
            recall: components["schemas"]["RecallByKind"];
            /** @description By the cosine, the hash or the alignment alone. By the latter two it is rather too good: they are measured on the strangers nearest by cosine, as candidates of a search are, and of the others some may have as much. */
            recallBySignal: {
                alignment: components["schemas"]["RecallByKind"];
                cosine: components["schemas"]["RecallByKind"];
                hash: components["schemas"]["RecallByKind"];
            };
            /** @description By hash and alignment together, among those nearest by the vector, so rather too good too: what it adds is at least the rest. */
            recallWithoutVector: components["schemas"]["RecallByKind"];
            byEdit: components["schemas"]["RecallOfEdit"][];
            /** @description Strangers that pass by the tail alone, as a search decides, of those that were compared; and their share of all pairs. */
            falsePairs: number;
            falseRate: number;
            threshold: components["schemas"]["PresentThreshold"];
        };
        /** @description One thing that was looked at before a switch. */
        VerificationCheck: {
            /** @enum {string} */
            name: "failures" | "overlap" | "recall" | "records" | "vectors";
            /** @description `null` of what is told and decides nothing. */
            passed: boolean | null;
            /** @description What was found, in a sentence. */
            found: string;
            /** @description The same for programs: counts, shares from 0 to 1, ids of examples. */
            facts: {
                [key: string]: unknown;
            };
        };
        /** @description What is known of a generation before searches are switched to it. */
        VerificationReport: {
            passed: boolean;
            atMs: number;
            /** @description How far the topic of the events was read: everything below is in `counts`. */
            positions: components["schemas"]["Position"][];
            counts: {
                deleted: number;
                failed: number;
                ready: number;
            };
            checks: components["schemas"]["VerificationCheck"][];
        };
        /** @description How far behind a waiting image is. */
        WaitingAnswer: {
            /** @description Since its event. */
            seconds: number;
            /** @enum {string} */
            stage: "embed" | "index";
            /** @description Records of its partition that the stage handles before it; fewer where compaction left gaps. */
            ahead: number;
        };
        /** @enum {string} */
        WantedMatch: "identical" | "same-picture";
        /** @description What a reader of the answer should know. */
        Warning: {
            /** @enum {string} */
            code: "earlier-generation" | "images-waiting" | "more-copies" | "not-turned";
            message: string;
        };
        WholeLetterAnswer: {
            id: string;
            state: components["schemas"]["LetterState"];
            /** @description When it was set aside. */
            time: string;
            reason: components["schemas"]["FailureReason"];
            original: null | {
                /** @description When the log took it. */
                time: string;
                sizeBytes: null | number;
                headers: {
                    [key: string]: string;
                };
                /** @description As text where it is UTF-8, else in Base64; `null` for a record without one. */
                value: null | {
                    /** @enum {string} */
                    encoding: "base64" | "utf8";
                    data: string;
                };
                /** @description `null` only for records that a foreign publisher wrote without a key. */
                key: null | string;
                topic: string;
                partition: number;
                offset: number;
            };
            lastAction: null | {
                time: string;
                /** @enum {string} */
                action: "discard" | "erased" | "failed" | "redrive" | "redriven" | "superseded";
                /** @description Who asked: the name of a key; `null` when there are no keys, and for what a redrive came to. */
                by: null | string;
                /** @description Why it failed again. */
                reason?: components["schemas"]["FailureReason"];
            };
        };
        WorkingLine: {
            /** @constant */
            type: "working";
            seconds: number;
            /** @description Of work that can be counted: what is done, and all of it. */
            done?: number;
            total?: number;
        };
    };
    responses: {
        /** @description The server failed, or something of it is damaged. */
        Failed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "blob-damaged" | "data-folder-in-use" | "index-damaged" | "internal" | "invalid-record" | "invalid-setting" | "log-damaged" | "log-mismatch" | "model-hash-mismatch" | "model-invalid" | "model-layer-not-found" | "model-missing" | "offset-out-of-range" | "partition-lost" | "topic-mismatch" | "topic-unknown";
                };
            };
        };
        /** @description Something that this needs is away or has too much to do. */
        Unavailable: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "encoder-mismatch" | "encoder-unavailable" | "group-in-use" | "index-unavailable" | "link-too-slow" | "link-unavailable" | "log-closed" | "log-unavailable" | "model-download-failed" | "no-live-generation" | "overloaded" | "search-unavailable" | "storage-unavailable" | "timed-out" | "vectors-being-dropped";
                };
            };
        };
        /** @description `already-here` */
        "already-here": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "already-here";
                };
            };
        };
        /** @description `blob-missing` */
        "blob-missing": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "blob-missing";
                };
            };
        };
        /** @description `body-too-large` */
        "body-too-large": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "body-too-large";
                };
            };
        };
        /** @description `cursor-expired` */
        "cursor-expired": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "cursor-expired";
                };
            };
        };
        /** @description `dead-letter-unknown` */
        "dead-letter-unknown": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "dead-letter-unknown";
                };
            };
        };
        /** @description `decision-undone` */
        "decision-undone": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "decision-undone";
                };
            };
        };
        /** @description `decision-unknown` */
        "decision-unknown": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "decision-unknown";
                };
            };
        };
        /** @description `generation-lost` */
        "generation-lost": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "generation-lost";
                };
            };
        };
        /** @description `generation-unknown` */
        "generation-unknown": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "generation-unknown";
                };
            };
        };
        /** @description `host-not-allowed` */
        "host-not-allowed": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "host-not-allowed";
                };
            };
        };
        /** @description `idempotency-key-reused` */
        "idempotency-key-reused": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "idempotency-key-reused";
                };
            };
        };
        /** @description `image-changed` */
        "image-changed": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "image-changed";
                };
            };
        };
        /** @description `image-not-searchable` */
        "image-not-searchable": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "image-not-searchable";
                };
            };
        };
        /** @description `image-unknown` */
        "image-unknown": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "image-unknown";
                };
            };
        };
        /** @description `invalid-image-id` */
        "invalid-image-id": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "invalid-image-id";
                };
            };
        };
        /** @description `invalid-request` */
        "invalid-request": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "invalid-request";
                };
            };
        };
        /** @description `log-incomplete` */
        "log-incomplete": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "log-incomplete";
                };
            };
        };
        /** @description `media-type-not-supported` */
        "media-type-not-supported": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "media-type-not-supported";
                };
            };
        };
        /** @description `rate-limited` */
        "rate-limited": {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rate-limited";
                };
            };
        };
        /** @description `request-timeout` */
        "request-timeout": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "request-timeout";
                };
            };
        };
        /** @description `sample-too-small` */
        "sample-too-small": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "sample-too-small";
                };
            };
        };
        /** @description `scope-missing` */
        "scope-missing": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "scope-missing";
                };
            };
        };
        /** @description `too-many-values` */
        "too-many-values": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "too-many-values";
                };
            };
        };
        /** @description `unauthenticated` */
        unauthenticated: {
            headers: {
                /** @description Bearer */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unauthenticated";
                };
            };
        };
        /** @description `vectors-in-use` */
        "vectors-in-use": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "vectors-in-use";
                };
            };
        };
        /** @description `vectors-unknown` */
        "vectors-unknown": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "vectors-unknown";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealthLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealthReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The overall status of the Health Check
                         * @enum {string}
                         */
                        status: "error" | "ok" | "shutting_down";
                        /** @description The info object contains information of each health indicator which is of status "up" */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @description The error object contains information of each health indicator which is of status "down" */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @description The details object contains information of every health indicator. */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            500: components["responses"]["Failed"];
            /** @description What was asked for. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The overall status of the Health Check
                         * @enum {string}
                         */
                        status: "error" | "ok" | "shutting_down";
                        /** @description The info object contains information of each health indicator which is of status "up" */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @description The error object contains information of each health indicator which is of status "down" */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @description The details object contains information of every health indicator. */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "down" | "up";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1Audit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AuditBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["WorkingLine"] | {
                        /** @constant */
                        type: "audited";
                        report: components["schemas"]["AuditReport"];
                        /** @description `null` when nobody asked for it. */
                        repair: components["schemas"]["RepairReport"] | null;
                        /** @description What was embedded once more, its vectors being lost; `null` when nothing was, or when this process does not embed. */
                        embedded: components["schemas"]["EmbeddedAgain"] | null;
                    } | {
                        /** @constant */
                        type: "problem";
                        problem: components["schemas"]["Problem"];
                    };
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["generation-lost"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1BlobsCollect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CollectBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["WorkingLine"] | {
                        /** @constant */
                        type: "collected";
                        report: components["schemas"]["CollectionReport"];
                    } | {
                        /** @constant */
                        type: "problem";
                        problem: components["schemas"]["Problem"];
                    };
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            409: components["responses"]["log-incomplete"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1Calibrate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CalibrateBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["WorkingLine"] | {
                        /** @constant */
                        type: "calibrated";
                        generation: string;
                        encoder: {
                            name: string;
                            fingerprint: string;
                        };
                        vectors: components["schemas"]["ModelOfVector"][];
                        /** @description `null` of an encoder that was not calibrated. */
                        calibration: components["schemas"]["CalibrationRecord"] | null;
                    } | {
                        /** @constant */
                        type: "problem";
                        problem: components["schemas"]["Problem"];
                    };
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            409: components["responses"]["sample-too-small"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Calibration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalibrationAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1DeadLetters: {
        parameters: {
            query?: {
                imageId?: string;
                /** @description When they were set aside. */
                since?: string;
                until?: string;
                cursor?: string;
                reason?: string;
                state?: components["schemas"]["LetterState"];
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LetterPage"];
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DeadLettersDiscard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActedOnMany"];
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DeadLettersRedrive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActedOnMany"];
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1DeadLettersId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of a dead letter its place: its partition and offset, with a hyphen between; of a decision its `id`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeLetterAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            404: components["responses"]["dead-letter-unknown"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DeadLettersIdDiscard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of a dead letter its place: its partition and offset, with a hyphen between; of a decision its `id`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acted"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["dead-letter-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DeadLettersIdRedrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of a dead letter its place: its partition and offset, with a hyphen between; of a decision its `id`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acted"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["dead-letter-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Duplicates: {
        parameters: {
            query?: {
                /** @description By how many images a group has, or by how many bytes are saved if only one of them stays. */
                order?: components["schemas"]["GroupOrder"];
                limit?: number;
                /** @description `nextCursor` of an answer in the same order. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DuplicatesAnswer"];
                };
            };
            /** @description `invalid-cursor`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-cursor" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1DuplicatesDecisions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `nextCursor` of an answer. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionsAnswer"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DuplicatesDecisions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionAnswer"];
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            409: components["responses"]["image-changed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1DuplicatesDecisionsIdUndo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of a dead letter its place: its partition and offset, with a hyphen between; of a decision its `id`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["decision-unknown"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["decision-undone"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            422: components["responses"]["blob-missing"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Facets: {
        parameters: {
            query?: {
                attributes?: string;
                fields?: string;
                /** @description Only images that it holds for. Its form is checked where it is read. */
                filter?: string;
                /** @description Values of each. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FacetsAnswerBody"];
                };
            };
            /** @description `invalid-filter`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-filter" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            422: components["responses"]["too-many-values"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Images: {
        parameters: {
            query?: {
                state?: components["schemas"]["ImageRecordState"][];
                /** @description Only images that it holds for. Its form is checked where it is read. */
                filter?: string;
                /** @description Images of a page. */
                limit?: number;
                /** @description `nextCursor` of an answer to the same list. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListAnswerBody"];
                };
            };
            /** @description `invalid-cursor`, `invalid-filter`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-cursor" | "invalid-filter" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            410: components["responses"]["cursor-expired"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1Images: {
        parameters: {
            query?: {
                /** @description Whether a picture that searches find in the collection already, edited or as it is, is refused, or taken and reported. */
                check?: components["schemas"]["Check"];
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters. A repeat with the same key is answered as the first request was. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["PictureFields"];
                "application/json": components["schemas"]["PictureBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-attributes`, `invalid-image-id`, `invalid-request`, `picture-empty`, `uri-not-supported` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-attributes" | "invalid-image-id" | "invalid-request" | "picture-empty" | "uri-not-supported";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            409: components["responses"]["already-here"];
            /** @description `blob-too-large`, `body-too-large`, `link-too-large`, `picture-too-large`, `picture-too-many-pixels` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-too-large" | "body-too-large" | "link-too-large" | "picture-too-large" | "picture-too-many-pixels";
                    };
                };
            };
            /** @description `media-type-not-supported`, `picture-format-not-supported`, `picture-not-recognised` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "media-type-not-supported" | "picture-format-not-supported" | "picture-not-recognised";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `blob-hash-mismatch`, `blob-missing`, `idempotency-key-reused`, `link-answer-unusable`, `link-denied`, `link-gone`, `link-hash-mismatch`, `link-refused`, `link-size-mismatch`, `picture-damaged`, `picture-too-slow`, `picture-without-features` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-hash-mismatch" | "blob-missing" | "idempotency-key-reused" | "link-answer-unusable" | "link-denied" | "link-gone" | "link-hash-mismatch" | "link-refused" | "link-size-mismatch" | "picture-damaged" | "picture-too-slow" | "picture-without-features";
                    };
                };
            };
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ImagesBulk: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": components["schemas"]["BulkDelete"] | components["schemas"]["BulkPicture"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["BulkResult"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1ImagesImageId: {
        parameters: {
            query?: {
                /** @description The version that is waited for. */
                minVersion?: number;
                /** @description So many seconds at the most; needs `minVersion`. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageAnswer"];
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            404: components["responses"]["image-unknown"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    putV1ImagesImageId: {
        parameters: {
            query?: {
                /** @description Whether a picture that searches find in the collection already, edited or as it is, is refused, or taken and reported. */
                check?: components["schemas"]["Check"];
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters. A repeat with the same key is answered as the first request was. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["PictureFields"];
                "application/json": components["schemas"]["PictureBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-attributes`, `invalid-image-id`, `invalid-request`, `picture-empty`, `uri-not-supported` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-attributes" | "invalid-image-id" | "invalid-request" | "picture-empty" | "uri-not-supported";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            409: components["responses"]["already-here"];
            /** @description `blob-too-large`, `body-too-large`, `link-too-large`, `picture-too-large`, `picture-too-many-pixels` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-too-large" | "body-too-large" | "link-too-large" | "picture-too-large" | "picture-too-many-pixels";
                    };
                };
            };
            /** @description `media-type-not-supported`, `picture-format-not-supported`, `picture-not-recognised` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "media-type-not-supported" | "picture-format-not-supported" | "picture-not-recognised";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `blob-hash-mismatch`, `blob-missing`, `idempotency-key-reused`, `link-answer-unusable`, `link-denied`, `link-gone`, `link-hash-mismatch`, `link-refused`, `link-size-mismatch`, `picture-damaged`, `picture-too-slow`, `picture-without-features` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-hash-mismatch" | "blob-missing" | "idempotency-key-reused" | "link-answer-unusable" | "link-denied" | "link-gone" | "link-hash-mismatch" | "link-refused" | "link-size-mismatch" | "picture-damaged" | "picture-too-slow" | "picture-without-features";
                    };
                };
            };
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteV1ImagesImageId: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters. A repeat with the same key is answered as the first request was. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            400: components["responses"]["invalid-image-id"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    patchV1ImagesImageId: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters. A repeat with the same key is answered as the first request was. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description `invalid-attributes`, `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-attributes" | "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["image-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1ImagesImageIdDuplicates: {
        parameters: {
            query?: {
                /** @description Of a picture or an image. */
                region?: string;
                /** @description Only images that it holds for. Its form is checked where it is read. */
                filter?: string;
                /** @description Results of a page. */
                limit?: number;
                mode?: components["schemas"]["SearchMode"];
                /** @description Only images with at least this score. */
                minScore?: number;
                /** @description Only images that are at least this of the one picture that is asked about. */
                minMatch?: components["schemas"]["WantedMatch"];
                include?: components["schemas"]["Included"][];
            };
            header?: never;
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchAnswer"];
                };
            };
            /** @description `invalid-cursor`, `invalid-filter`, `invalid-image-id`, `invalid-request`, `invalid-vector`, `picture-empty`, `region-too-small`, `uri-not-supported` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-cursor" | "invalid-filter" | "invalid-image-id" | "invalid-request" | "invalid-vector" | "picture-empty" | "region-too-small" | "uri-not-supported";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            404: components["responses"]["image-unknown"];
            409: components["responses"]["image-not-searchable"];
            410: components["responses"]["cursor-expired"];
            /** @description `link-too-large`, `picture-too-large`, `picture-too-many-pixels` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "link-too-large" | "picture-too-large" | "picture-too-many-pixels";
                    };
                };
            };
            /** @description `picture-format-not-supported`, `picture-not-recognised` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "picture-format-not-supported" | "picture-not-recognised";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `blob-missing`, `link-answer-unusable`, `link-denied`, `link-gone`, `link-refused`, `picture-damaged`, `picture-too-slow`, `picture-without-features` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-missing" | "link-answer-unusable" | "link-denied" | "link-gone" | "link-refused" | "picture-damaged" | "picture-too-slow" | "picture-without-features";
                    };
                };
            };
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ImagesImageIdErase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EraseBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["WorkingLine"] | {
                        /** @constant */
                        type: "erased";
                        blobsDeleted: number;
                        /** @description Pictures that other images have too, or what came in later under the same id. */
                        blobsShared: number;
                        imageId: components["schemas"]["ImageId"];
                        /** @description In `image-events`: the id and its deletion, which stay for as long as the topic does. */
                        deletion: components["schemas"]["Position"];
                        /** @description Generations whose stages have not come to the deletion yet. While there are any, not all is erased: ask again. */
                        waitingFor: string[];
                        deadLetters: number;
                        remains: components["schemas"]["Remains"][];
                    } | {
                        /** @constant */
                        type: "problem";
                        problem: components["schemas"]["Problem"];
                    };
                };
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["image-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1ImagesImageIdSimilar: {
        parameters: {
            query?: {
                /** @description Of a picture or an image. */
                region?: string;
                positives?: string;
                negatives?: string;
                /** @description Only images that it holds for. Its form is checked where it is read. */
                filter?: string;
                /** @description Results of a page. */
                limit?: number;
                /** @description `nextCursor` of an answer to the same query. */
                cursor?: string;
                mode?: components["schemas"]["SearchMode"];
                /** @description Only images with at least this score. */
                minScore?: number;
                /** @description Only images that are at least this of the one picture that is asked about. */
                minMatch?: components["schemas"]["WantedMatch"];
                /** @description How much results shall differ from each other. Such an answer has one page. */
                diversity?: number;
                /** @description One result for each picture: copies of a better result are left out, and named with that. Such an answer has one page. */
                collapseDuplicates?: boolean;
                include?: components["schemas"]["Included"][];
            };
            header?: never;
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchAnswer"];
                };
            };
            /** @description `invalid-cursor`, `invalid-filter`, `invalid-image-id`, `invalid-request`, `invalid-vector`, `picture-empty`, `region-too-small`, `uri-not-supported` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-cursor" | "invalid-filter" | "invalid-image-id" | "invalid-request" | "invalid-vector" | "picture-empty" | "region-too-small" | "uri-not-supported";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            404: components["responses"]["image-unknown"];
            409: components["responses"]["image-not-searchable"];
            410: components["responses"]["cursor-expired"];
            /** @description `link-too-large`, `picture-too-large`, `picture-too-many-pixels` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "link-too-large" | "picture-too-large" | "picture-too-many-pixels";
                    };
                };
            };
            /** @description `picture-format-not-supported`, `picture-not-recognised` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "picture-format-not-supported" | "picture-not-recognised";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `blob-missing`, `link-answer-unusable`, `link-denied`, `link-gone`, `link-refused`, `picture-damaged`, `picture-too-slow`, `picture-without-features` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-missing" | "link-answer-unusable" | "link-denied" | "link-gone" | "link-refused" | "picture-damaged" | "picture-too-slow" | "picture-without-features";
                    };
                };
            };
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1ImagesImageIdThumbnail: {
        parameters: {
            query?: {
                version?: string;
            };
            header?: never;
            path: {
                /** @description The publisher's own name of the image, percent-encoded. */
                imageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": Blob;
                };
            };
            /** @description The caller has it already (`If-None-Match`). */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid-image-id`, `invalid-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-image-id" | "invalid-request";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            /** @description `image-unknown`, `thumbnail-missing` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "image-unknown" | "thumbnail-missing";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1OpenapiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The caller has it already (`If-None-Match`). */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["host-not-allowed"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Reindex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1Reindex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StartBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            /** @description `fingerprint-clash`, `generation-kept`, `log-incomplete`, `reindex-under-way` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "fingerprint-clash" | "generation-kept" | "log-incomplete" | "reindex-under-way";
                    };
                };
            };
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexCancel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexDrop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexDropVectors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DropVectorsBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["vectors-unknown"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["vectors-in-use"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexPause: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexPlan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StartBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexPlan"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            /** @description `fingerprint-clash`, `generation-kept`, `log-incomplete`, `reindex-under-way` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "fingerprint-clash" | "generation-kept" | "log-incomplete" | "reindex-under-way";
                    };
                };
            };
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexResume: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexRollback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["generation-lost"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexSwitch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SwitchBody"];
            };
        };
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            /** @description `generation-lost`, `not-verified` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "generation-lost" | "not-verified";
                    };
                };
            };
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1ReindexVerify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is accepted, and will be done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReindexAnswer"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["generation-unknown"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1Search: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SearchBody"];
                "multipart/form-data": components["schemas"]["SearchForm"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchAnswer"];
                };
            };
            /** @description `invalid-cursor`, `invalid-filter`, `invalid-image-id`, `invalid-request`, `invalid-vector`, `picture-empty`, `region-too-small`, `uri-not-supported` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "invalid-cursor" | "invalid-filter" | "invalid-image-id" | "invalid-request" | "invalid-vector" | "picture-empty" | "region-too-small" | "uri-not-supported";
                    };
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            404: components["responses"]["image-unknown"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["image-not-searchable"];
            410: components["responses"]["cursor-expired"];
            /** @description `body-too-large`, `link-too-large`, `picture-too-large`, `picture-too-many-pixels` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "body-too-large" | "link-too-large" | "picture-too-large" | "picture-too-many-pixels";
                    };
                };
            };
            /** @description `media-type-not-supported`, `picture-format-not-supported`, `picture-not-recognised` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "media-type-not-supported" | "picture-format-not-supported" | "picture-not-recognised";
                    };
                };
            };
            421: components["responses"]["host-not-allowed"];
            /** @description `blob-missing`, `link-answer-unusable`, `link-denied`, `link-gone`, `link-refused`, `picture-damaged`, `picture-too-slow`, `picture-without-features` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "blob-missing" | "link-answer-unusable" | "link-denied" | "link-gone" | "link-refused" | "picture-damaged" | "picture-too-slow" | "picture-without-features";
                    };
                };
            };
            /** @description `rate-limited`, `too-many-requests` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "rate-limited" | "too-many-requests";
                    };
                };
            };
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    postV1SearchBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchBody"];
            };
        };
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        answers: components["schemas"]["BatchAnswer"][];
                    };
                };
            };
            400: components["responses"]["invalid-request"];
            401: components["responses"]["unauthenticated"];
            /** @description `cross-site-refused`, `scope-missing` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "cross-site-refused" | "scope-missing";
                    };
                };
            };
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["media-type-not-supported"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
    getV1Status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["scope-missing"];
            421: components["responses"]["host-not-allowed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Unavailable"];
        };
    };
}
