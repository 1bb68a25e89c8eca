import { useUser } from "~/features/account/session";
import { useProviders } from "~/features/catalogue/queries";
import { useBookings } from "~/realtime/useBookings";

const MAXIMUM_CHANNELS = 50;

function OneProvider({ providerId }: { providerId: string }) {
    useBookings(`provider.${providerId}.bookings`);
    return null;
}

/** Keeps the list as it is: one channel for each provider that may be on it. */
export function WorklistLive({ providerId }: { providerId: string }) {
    const me = useUser();
    const all = useProviders().data ?? [];
    const own = me.providerId ?? providerId;
    const shown = own ? [own] : all.slice(0, MAXIMUM_CHANNELS).map(({ id }) => id);
    return shown.map((id) => <OneProvider key={id} providerId={id} />);
}
