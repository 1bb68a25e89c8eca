import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { byCursor } from "~/api/lists";
import { APPOINTMENT_LISTS } from "~/features/appointments/queries";
import { asQuery, type Filters } from "./filters";

const PAGE = 50;

/** Staff's list, page by page. */
export function useWorklist(filters: Filters) {
    return useInfiniteQuery({
        queryKey: [...APPOINTMENT_LISTS, "staff", filters],
        placeholderData: keepPreviousData,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/appointments", {
                    params: {
                        query: {
                            ...asQuery(filters),
                            limit: PAGE,
                            cursor: pageParam ?? undefined,
                        },
                    },
                }),
            ),
        ...byCursor,
    });
}
