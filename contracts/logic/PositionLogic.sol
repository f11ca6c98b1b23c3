// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {BreakEvenBucket} from "../libraries/BreakEvenBucket.sol";
import {FixedMath, RAY, SIGNED_RAY, SIGNED_WAD} from "../libraries/FixedMath.sol";
import {TrancheIndex, TrancheSet} from "../libraries/TrancheIndex.sol";
import {Account, Reservation} from "../types/Account.sol";
import {Holding, Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Change, Held, Position} from "../types/Position.sol";
import {Tranche} from "../types/Tranche.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClosedProfitLogic} from "./ClosedProfitLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title Positions in tranches
/// @notice Mechanism section 2. Long sizes round down and short sizes round up, quote and cash round down: every rounding is
/// against the holder and stays in the ledger.
library PositionLogic {
    using SafeCast for int256;
    using SafeCast for uint256;
    using TrancheIndex for TrancheSet;
    using CashLogic for Account;

    /// @notice Below this size per share (RAY) new positions go to a fresh generation.
    uint256 internal constant SMALLEST_SIZE_PER_SHARE = 1e18;

    /// @notice A position after it was touched.
    /// @param size base, WAD, signed
    /// @param quote minus paid plus received, WAD
    /// @param cash the account's cash afterwards, WAD
    /// @param fee quote paid as fee in this touch, WAD, included in `cash`
    event PositionChanged(
        uint32 indexed account,
        uint8 indexed market,
        int256 size,
        int256 quote,
        int256 cash,
        uint256 fee
    );

    /// @dev A position about to join a tranche.
    struct Seat {
        uint16 key;
        uint16 generation;
        int256 size;
        int256 quote;
    }

    /// @notice Where a tranche is stored.
    function id(uint16 key, uint256 generation) internal pure returns (uint32) {
        return (uint32(key) << 16) | uint32(generation);
    }

    /// @notice The position as it stands now, funding, tear-ups and charges included, without writing.
    function load(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        int256 fundingIndex
    ) internal view returns (Held memory held) {
        Position memory position = ledger.holdings[account][market].position;
        if (position.shares == 0) return held;
        Tranche memory tranche = ledger.tranches[market][id(position.key, position.generation)];
        bool short = BreakEvenBucket.isShort(position.key);
        held.sizePerShare = tranche.sizePerShare;
        // An ended generation has no size, so funding no longer moves its cash per share.
        held.cashPerShare = tranche.cashPerShareAt(short, fundingIndex);
        int256 shares = int256(uint256(position.shares));
        uint256 size = uint256(position.shares) * held.sizePerShare;
        held.size = short ? -int256(FixedMath.divUp(size, RAY)) : int256(size / RAY);
        held.quote = _worth(position.cost, held.sizePerShare);
        held.torn = (uint256(position.shares) * (position.sizePerShare - held.sizePerShare)) / RAY;
        held.pending = FixedMath.divDown(
            shares * (held.cashPerShare - position.cashPerShare) +
                position.cost * (int256(uint256(position.sizePerShare)) - int256(held.sizePerShare)),
            SIGNED_RAY
        );
        if (tranche.charged != 0) _fold(held, tranche.charged - ledger.holdings[account][market].charged);
        // A long torn down to less than a wei still owes the cost of that fraction; dropping it would be a gift.
        if (held.size == 0) (held.pending, held.quote) = (held.pending + held.quote, 0);
    }

    /// @notice Those of `markets` in which the account holds a position.
    function heldMarkets(Ledger storage ledger, uint32 account, uint256 markets) internal view returns (uint256 held) {
        for (; markets != 0; markets &= markets - 1) {
            Holding storage holding = ledger.holdings[account][uint8(LibBit.ffs(markets))];
            if (holding.position.shares != 0) held |= markets & (~markets + 1);
        }
    }

    /// @notice The account's open markets that hold a position or an order now. A bit outlives orders that were cancelled or
    /// voided, and such a market must not make the account depend on its price.
    function liveMarkets(Ledger storage ledger, uint32 account, uint256 markets) internal view returns (uint256 live) {
        for (; markets != 0; markets &= markets - 1) {
            Holding storage holding = ledger.holdings[account][uint8(LibBit.ffs(markets))];
            bool ordered = holding.reservation.bids != 0 || holding.reservation.asks != 0;
            if (ordered || holding.position.shares != 0) live |= markets & (~markets + 1);
        }
    }

    /// @notice What a trade of `size` (signed) for `quote` (minus paid, plus received) makes of a position.
    /// @return newSize base, WAD
    /// @return newQuote quote that stays with the position, WAD
    /// @return realised profit or loss of the part closed, WAD
    function traded(
        Held memory held,
        int256 size,
        int256 quote
    ) internal pure returns (int256 newSize, int256 newQuote, int256 realised) {
        newSize = held.size + size;
        if (held.size == 0 || (held.size > 0) == (size > 0)) return (newSize, held.quote + quote, 0);
        uint256 closing = FixedMath.abs(size);
        uint256 whole = FixedMath.abs(held.size);
        if (closing <= whole) {
            int256 released = FixedMath.divDown(held.quote * int256(closing), int256(whole));
            return (newSize, held.quote - released, quote + released);
        }
        // The trade closes the position and opens the other side with the rest of its quote.
        int256 closingQuote = FixedMath.divDown(quote * int256(whole), int256(closing));
        return (newSize, quote - closingQuote, held.quote + closingQuote);
    }

    /// @notice Writes a position: settles what is pending, books what was realised less the fee, and moves the position to the
    /// tranche its break-even and class call for.
    function store(Ledger storage ledger, MarketContext memory context, uint32 account, Change memory change) internal {
        uint8 market = context.market;
        Holding storage holding = ledger.holdings[account][market];
        Account storage money = ledger.accounts[account];
        _realise(ledger, context, account, change);
        MarketLogic.moveOpenInterest(context, change.held.size, change.size);
        if (HedgeLogic.holdsUnderlying(ledger, account, context.spotAsset)) {
            uint256 torn = BreakEvenBucket.isHedged(holding.position.key) ? change.held.torn : 0;
            HedgeLogic.trackFreed(ledger, account, market, context.spotAsset - 1, torn, change.size);
        }
        if (change.size == 0) {
            _leave(ledger, market, holding, false);
            delete holding.position;
            _forget(ledger, account, market);
        } else {
            _place(ledger, context, holding, change);
            if (money.openMarkets & (1 << market) == 0) money.openMarkets |= uint16(1 << market);
        }
        emit PositionChanged(account, market, change.size, change.quote, money.cash, change.fee);
    }

    /// @dev What a hedged position has realised is not within reach of a charge: its coin has lost as much. Nor is funding, nor what
    /// a tear-up, a takeover or a queue has realised, which nobody chooses.
    function _realise(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 account,
        Change memory change
    ) private {
        Account storage money = ledger.accounts[account];
        int256 net = change.held.pending + change.realised - int256(change.fee);
        int256 gained = change.chosen ? SignedMath.min(change.realised, net) : int256(0);
        uint8 market = context.market;
        if (gained > 0 && BreakEvenBucket.isHedged(ledger.holdings[account][market].position.key)) gained = 0;
        if ((gained > 0 && context.maturity != 0) || ReachLogic.anyIn(money, market)) {
            bool short = change.held.size < 0;
            ClosedProfitLogic.book(ledger, account, market, short, net, gained, context.maturity);
        }
        // What was handed has brought its place within reach along, or has taken it away: it is neither gained nor burnt here.
        money.realise(net + change.handed, context.maturity);
        if (net < 0) ReachLogic.trim(ledger, account);
    }

    /// @notice |quote / size|, WAD, rounded down; 0 without a position and where no positive price breaks even: a long that was
    /// paid on balance, or a short that was charged for more than what is left of it would bring.
    function breakEven(int256 size, int256 quote) internal pure returns (uint256) {
        if (size == 0 || (size > 0) == (quote > 0)) return 0;
        return (FixedMath.abs(quote) * 1e18) / FixedMath.abs(size);
    }

    /// @notice Profit at a price, WAD, rounded down.
    function profit(Held memory held, uint256 price) internal pure returns (int256) {
        return FixedMath.divDown(held.size * int256(price), SIGNED_WAD) + held.quote;
    }

    /// @dev What a position was charged comes out of its profit, so it is moved from cash to quote: the break-even tells what
    /// is left, and the next charge finds only that, in whichever tranche the position sits by then. What was charged for base
    /// torn up since stays in cash, beside the profit it came out of.
    function _fold(Held memory held, uint256 chargedPerBase) private pure {
        int256 charge = int256(FixedMath.divUp(FixedMath.abs(held.size) * chargedPerBase, RAY));
        held.quote -= charge;
        held.pending += charge;
    }

    function _place(
        Ledger storage ledger,
        MarketContext memory context,
        Holding storage holding,
        Change memory change
    ) private {
        Position storage position = holding.position;
        Seat memory seat;
        seat.size = change.size;
        seat.quote = change.quote;
        seat.key = BreakEvenBucket.key(seat.size < 0, change.class, FixedMath.max(1, breakEven(seat.size, seat.quote)));
        seat.generation = ledger.tranches[context.market][id(seat.key, 0)].current;
        Held memory held = change.held;
        bool stays = position.shares != 0 && position.key == seat.key && position.generation == seat.generation;
        if (stays && held.size == seat.size && seat.quote == _worth(position.cost, held.sizePerShare)) {
            // Untouched and not charged: only what was pending is settled, shares are exact as they are.
            position.sizePerShare = uint96(held.sizePerShare);
            position.cashPerShare = held.cashPerShare.toInt128();
            return;
        }
        _leave(ledger, context.market, holding, stays);
        _join(ledger, context, holding, seat);
    }

    function _worth(int128 cost, uint256 sizePerShare) private pure returns (int256) {
        return FixedMath.divDown(cost * int256(sizePerShare), SIGNED_RAY);
    }

    /// @dev A market without position and orders drops out of the account's margin loop.
    function _forget(Ledger storage ledger, uint32 account, uint8 market) private {
        Reservation storage reservation = ledger.holdings[account][market].reservation;
        if (reservation.bids == 0 && reservation.asks == 0) {
            ledger.accounts[account].openMarkets &= ~uint16(1 << market);
        }
    }

    /// @param comesBack whether it joins the same generation at once: an emptied one is then no emptied one
    function _leave(Ledger storage ledger, uint8 market, Holding storage holding, bool comesBack) private {
        Position storage position = holding.position;
        uint128 shares = position.shares;
        if (shares == 0) return;
        uint16 key = position.key;
        uint16 generation = position.generation;
        Tranche storage tranche = ledger.tranches[market][id(key, generation)];
        uint128 left = tranche.shares - shares;
        tranche.shares = left;
        tranche.cost -= position.cost;
        if (tranche.charged != 0) holding.charged = 0;
        if (left == 0 && !comesBack) retire(ledger, market, key, generation);
    }

    function _join(
        Ledger storage ledger,
        MarketContext memory context,
        Holding storage holding,
        Seat memory seat
    ) private {
        Position storage position = holding.position;
        bool short = seat.size < 0;
        Tranche storage stored = ledger.tranches[context.market][id(seat.key, seat.generation)];
        Tranche memory tranche = stored;
        if (!tranche.opened) _open(stored, tranche, context.fundingIndex);
        uint256 sizePerShare = tranche.sizePerShare;
        (uint128 shares, int128 cost) = _normalised(seat, sizePerShare);
        if (tranche.shares == 0) {
            ledger.trancheSets[context.market][short].add(seat.key & 0x7fff);
            if (tranche.charged != 0) (tranche.charged, stored.charged) = (0, 0);
        }
        if (tranche.charged != 0) holding.charged = tranche.charged;
        stored.shares = tranche.shares + shares;
        stored.cost = tranche.cost + cost;
        position.shares = shares;
        position.cost = cost;
        position.sizePerShare = uint96(sizePerShare);
        position.cashPerShare = tranche.cashPerShareAt(short, context.fundingIndex).toInt128();
        position.key = seat.key;
        position.generation = seat.generation;
    }

    /// @dev A generation's first member: one base per share, no cash, funding from now on.
    function _open(Tranche storage stored, Tranche memory tranche, int256 fundingIndex) private {
        tranche.sizePerShare = uint96(RAY);
        tranche.fundingIndex = fundingIndex.toInt128();
        stored.sizePerShare = tranche.sizePerShare;
        stored.fundingIndex = tranche.fundingIndex;
        stored.opened = true;
    }

    /// @dev Size and quote per size per share: longs down, shorts up, quote down.
    function _normalised(Seat memory seat, uint256 sizePerShare) private pure returns (uint128 shares, int128 cost) {
        uint256 scaled = FixedMath.abs(seat.size) * RAY;
        uint256 exact = seat.size < 0 ? FixedMath.divUp(scaled, sizePerShare) : scaled / sizePerShare;
        shares = FixedMath.max(1, exact).toUint128();
        cost = FixedMath.divDown(seat.quote * SIGNED_RAY, int256(sizePerShare)).toInt128();
    }

    /// @notice Takes an emptied or ended generation out of the set; the key leaves it with its last live generation.
    function retire(Ledger storage ledger, uint8 market, uint16 key, uint256 generation) internal {
        mapping(uint32 => Tranche) storage tranches = ledger.tranches[market];
        Tranche storage root = tranches[id(key, 0)];
        uint16 current = root.current;
        uint16 oldest = root.oldest;
        bool short = BreakEvenBucket.isShort(key);
        if (generation == oldest) {
            while (oldest < current && tranches[id(key, oldest)].size(short) == 0) ++oldest;
            if (oldest != root.oldest) root.oldest = oldest;
        }
        if (oldest == current && tranches[id(key, current)].shares == 0) {
            ledger.trancheSets[market][short].remove(key & 0x7fff);
        }
    }
}
