// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {BreakEvenBucket} from "../libraries/BreakEvenBucket.sol";
import {FixedMath, RAY, WAD} from "../libraries/FixedMath.sol";
import {TrancheIndex, TrancheSet} from "../libraries/TrancheIndex.sol";
import {Account} from "../types/Account.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Action} from "../types/Price.sol";
import {Tranche} from "../types/Tranche.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClosedProfitLogic} from "./ClosedProfitLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";
import {TransferLogic} from "./TransferLogic.sol";

/// @title Tear-up and charge
/// @notice Mechanism sections 2 and 8. The cost is proportional to the tranches reached and independent of the positions in
/// them. A bankrupt position's inventory is torn up against profitable tranches in the policy's order; its deficit is charged
/// to all of them in proportion to profit, never beyond what the least profitable member a bucket may hold has gained, and to
/// hedged ones only what directional ones cannot pay. Profit closed lately pays beside the directional tranches.
library DeleveragingLogic {
    using SafeCast for int256;
    using SafeCast for uint256;
    using TrancheIndex for TrancheSet;
    using CashLogic for Account;

    /// @notice Positions in profit are left, so nobody out of profit may be closed.
    error ProfitRemains(uint8 market, uint16 key);
    /// @notice The account holds no position in the market.
    error NoPosition(uint32 account, uint8 market);
    /// @notice The size to deleverage is not on the side of the account's position, or there is neither size nor deficit. Base, WAD,
    /// signed.
    error NotItsSide(uint32 account, uint8 market, int256 position, int256 size);

    /// @notice One tranche's part in a deleveraging.
    /// @param tornUp base closed, WAD
    /// @param price quote per base, WAD
    /// @param charged quote taken from its members' profit, WAD
    /// @param sizePerShare after it, RAY
    /// @param cashPerShare after it, RAY
    event TrancheDeleveraged(
        uint8 indexed market,
        uint16 indexed key,
        uint16 generation,
        uint256 tornUp,
        uint256 price,
        uint256 charged,
        uint256 sizePerShare,
        int256 cashPerShare
    );

    /// @dev A tranche within reach of this deleveraging. `chargeable` is a cap, `profit` the weight; both net of past charges.
    /// `weight`: base its part of what a stage gives is in proportion to, at most its size. `margin`: its size over the leverage of its
    /// class, where leverage is levelled.
    struct Reached {
        uint16 key;
        uint16 generation;
        uint256 size;
        uint256 profit;
        uint256 chargeable;
        uint256 weight;
        uint256 margin;
        uint256 take;
        uint256 charge;
    }

    /// @dev All tranches within reach, the first `count` of `tranches`, in the policy's order: `directional` of them, then hedged
    /// ones (bit 3 of the class).
    struct Reach {
        Reached[] tranches;
        uint256 count;
        uint256 directional;
    }

    /// @notice See IClearingHouse.deleverage.
    function deleverage(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 deficit,
        uint256 maxTranches
    ) external returns (IClearingHouse.Deleveraged memory result) {
        MarketContext memory context = MarketLogic.open(ledger, market, Action.DELEVERAGE);
        int256 held = PositionLogic.load(ledger, account, market, context.fundingIndex).size;
        bool sided = size == 0 ? held != 0 && deficit != 0 : held == 0 || (held > 0) == (size > 0);
        if (!sided) revert NotItsSide(account, market, held, size);
        bool short = size == 0 ? held > 0 : size > 0;
        Reach memory reach = _profitable(ledger, context, short, price, maxTranches);
        _shareSize(
            reach,
            FixedMath.min(FixedMath.abs(size), FixedMath.abs(held)),
            ledger.configs[context.market].policy
        );
        // Whoever others pay for has lost what profit there was, and is not asked to share in it.
        if (deficit != 0) ReachLogic.forfeit(ledger, account);
        if (deficit != 0) _chargeAll(ledger, context, short, reach, deficit, result);
        for (uint256 i; i < reach.count; ++i) {
            Reached memory reached = reach.tranches[i];
            if (reached.take == 0 && reached.charge == 0) continue;
            _apply(ledger, context, short, reached, price);
            result.tornUp += reached.take;
            result.charged += reached.charge;
            ++result.tranches;
        }
        if (result.tranches != 0) ledger.deleveragedAt[market] = uint40(block.timestamp);
        if (result.charged != 0) ledger.accounts[account].move(int256(result.charged));
        if (result.tornUp != 0) {
            TransferLogic.trade(
                ledger,
                context,
                account,
                short ? -int256(result.tornUp) : int256(result.tornUp),
                price,
                false
            );
        }
        MarketLogic.close(ledger, context);
    }

    /// @notice See IClearingHouse.closeAtMark.
    function closeAtMark(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 size,
        uint256 maxTranches
    ) external returns (uint256 closed) {
        MarketContext memory context = MarketLogic.open(ledger, market, Action.DELEVERAGE);
        int256 held = PositionLogic.load(ledger, account, market, context.fundingIndex).size;
        if (held == 0) revert NoPosition(account, market);
        bool short = held > 0;
        uint256 price = context.price.mark;
        uint256 wanted = FixedMath.min(size, FixedMath.abs(held));
        // Classes come before buckets in the order, so a loser may be ranked ahead of a winner: look for any winner first.
        Reach memory profitable = _profitable(ledger, context, short, price, 1);
        if (profitable.count != 0) revert ProfitRemains(market, profitable.tranches[0].key);
        Reach memory reach = _all(ledger, context, short, maxTranches);
        for (uint256 i; i < reach.count && closed < wanted; ++i) {
            Reached memory reached = reach.tranches[i];
            reached.take = FixedMath.min(reached.size, wanted - closed);
            _apply(ledger, context, short, reached, price);
            closed += reached.take;
        }
        if (closed != 0) {
            ledger.deleveragedAt[market] = uint40(block.timestamp);
            TransferLogic.trade(ledger, context, account, short ? -int256(closed) : int256(closed), price, false);
        }
        MarketLogic.close(ledger, context);
    }

    /// @dev Profitable tranches of a side at a price, in the policy's order. Inside a class the order is by profit, so the
    /// walk jumps to the next class at the first bucket that is not in profit. At a price worse than the mark (TORN_UP) it ends
    /// before hedged tranches while any directional one is in profit at mark: those come first, at mark (property P9).
    function _profitable(
        Ledger storage ledger,
        MarketContext memory context,
        bool short,
        uint256 price,
        uint256 maxTranches
    ) private view returns (Reach memory reach) {
        reach.tranches = new Reached[](maxTranches);
        TrancheSet storage set = ledger.trancheSets[context.market][short];
        uint256 rank = set.next(0);
        while (rank != TrancheIndex.END && reach.count < maxTranches) {
            uint16 key = uint16((short ? 1 << 15 : 0) | rank);
            bool hedged = BreakEvenBucket.isHedged(key);
            if (hedged && price != context.price.mark && _directionalWins(ledger, context, short)) break;
            uint256 edge = BreakEvenBucket.leastProfitableEdge(key);
            if (short ? price < edge : price > edge) {
                _collect(ledger, context, reach, key, price, edge);
                if (!hedged) reach.directional = reach.count;
                rank = set.next(rank + 1);
            } else {
                rank = set.next(((rank >> 11) + 1) << 11);
            }
        }
    }

    /// @dev Whether any directional tranche of a side is in profit at mark.
    function _directionalWins(
        Ledger storage ledger,
        MarketContext memory context,
        bool short
    ) private view returns (bool) {
        return _profitable(ledger, context, short, context.price.mark, 1).directional != 0;
    }

    /// @dev Every tranche of a side, whatever its profit.
    function _all(
        Ledger storage ledger,
        MarketContext memory context,
        bool short,
        uint256 maxTranches
    ) private view returns (Reach memory reach) {
        reach.tranches = new Reached[](maxTranches);
        TrancheSet storage set = ledger.trancheSets[context.market][short];
        uint256 rank = set.next(0);
        while (rank != TrancheIndex.END && reach.count < maxTranches) {
            _collect(ledger, context, reach, uint16((short ? 1 << 15 : 0) | rank), context.price.mark, 0);
            rank = set.next(rank + 1);
        }
    }

    /// @dev Adds the live generations of a key. With an edge, only those whose members all have profit left after what they were
    /// charged; with 0, whatever their profit.
    function _collect(
        Ledger storage ledger,
        MarketContext memory context,
        Reach memory reach,
        uint16 key,
        uint256 price,
        uint256 edge
    ) private view {
        bool short = BreakEvenBucket.isShort(key);
        Tranche memory tranche = ledger.tranches[context.market][PositionLogic.id(key, 0)];
        uint16 last = tranche.current;
        for (uint16 generation = tranche.oldest; generation <= last; ++generation) {
            if (generation != 0) tranche = ledger.tranches[context.market][PositionLogic.id(key, generation)];
            uint256 size = tranche.size(short);
            if (size == 0 || reach.count == reach.tranches.length) continue;
            uint256 chargeable;
            if (edge != 0) {
                // Less than a wei is nothing to be charged: what has paid all it can makes room for those beyond it.
                chargeable = (tranche.chargeablePerShare(short, price, edge) * tranche.shares) / RAY;
                if (chargeable == 0) continue;
            }
            Reached memory reached = reach.tranches[reach.count++];
            reached.key = key;
            reached.generation = generation;
            reached.size = size;
            reached.weight = size;
            if (edge != 0) _weigh(reached, tranche, short, price, chargeable);
        }
    }

    function _weigh(
        Reached memory reached,
        Tranche memory tranche,
        bool short,
        uint256 price,
        uint256 chargeable
    ) private pure {
        reached.chargeable = chargeable;
        int256 profit = tranche.profit(short, price) - int256((uint256(tranche.charged) * reached.size) / RAY);
        // Rounding may put the profit of a tiny tranche below what its members are known to have gained.
        reached.profit = FixedMath.max(profit > 0 ? uint256(profit) : 0, reached.chargeable);
    }

    /// @dev Who is torn up: stage after stage in proportion to size or down to one leverage, or tranche after tranche.
    function _shareSize(Reach memory reach, uint256 size, IDeleveragingPolicy policy) private view {
        bool proportional = policy.proportional();
        uint256 start;
        while (start < reach.count && size != 0) {
            (uint256 end, uint256 available) = proportional
                ? _stage(reach, start, policy)
                : (start + 1, reach.tranches[start].size);
            uint256 wanted = FixedMath.min(size, available);
            size -= wanted;
            if (proportional && wanted < available && policy.leverageOf(_classOf(reach, start)) != 0) {
                available = _level(reach, start, end, wanted, policy);
            }
            for (uint256 i = start; i < end && available != 0; ++i) {
                Reached memory reached = reach.tranches[i];
                // What is left is shared among what is left, so the parts add up to the whole.
                reached.take = (wanted * reached.weight) / available;
                available -= reached.weight;
                wanted -= reached.take;
            }
            start = end;
        }
    }

    /// @dev Only what of each tranche is above the level counts. From the most levered class down, the level at which the tranches so
    /// far give what is wanted is (their size - wanted) / (their size / leverage); from the first that is not above it on, none is
    /// reached. Rounded so that no less than `wanted` counts in all.
    /// @return available what counts in all, base, WAD
    function _level(
        Reach memory reach,
        uint256 start,
        uint256 end,
        uint256 wanted,
        IDeleveragingPolicy policy
    ) private view returns (uint256 available) {
        uint256 level;
        uint256 margin;
        uint256 size;
        uint256 last = start;
        for (; last < end; ++last) {
            Reached memory reached = reach.tranches[last];
            uint256 leverage = policy.leverageOf(_classOf(reach, last));
            if (leverage <= level) break;
            reached.margin = FixedMath.divUp(reached.size * WAD, leverage);
            margin += reached.margin;
            size += reached.size;
            if (size > wanted) level = ((size - wanted) * WAD) / margin;
        }
        for (uint256 i = start; i < end; ++i) {
            Reached memory reached = reach.tranches[i];
            uint256 kept = i < last ? FixedMath.wadDown(reached.margin, level) : reached.size;
            reached.weight = reached.size - FixedMath.min(reached.size, kept);
            available += reached.weight;
        }
    }

    function _stage(
        Reach memory reach,
        uint256 start,
        IDeleveragingPolicy policy
    ) private view returns (uint256 end, uint256 available) {
        uint8 class = _classOf(reach, start);
        uint8 stage = policy.stage(class);
        for (end = start; end < reach.count; ++end) {
            uint8 next = _classOf(reach, end);
            if (next != class && policy.stage(next) != stage) break;
            class = next;
            available += reach.tranches[end].size;
        }
    }

    function _classOf(Reach memory reach, uint256 index) private pure returns (uint8) {
        return BreakEvenBucket.classOf(reach.tranches[index].key);
    }

    /// @dev Directional tranches and the pools of closed profit pay all they can; hedged tranches what is then left. Says what each
    /// tranche is charged, and charges the pools.
    function _chargeAll(
        Ledger storage ledger,
        MarketContext memory context,
        bool short,
        Reach memory reach,
        uint256 deficit,
        IClearingHouse.Deleveraged memory result
    ) private {
        (uint256[2] memory pools, uint256[2] memory amounts) = ClosedProfitLogic.pools(
            ledger,
            context.market,
            short,
            context.maturity
        );
        Reached[] memory payers = new Reached[](reach.directional + pools.length);
        for (uint256 i; i < reach.directional; ++i) payers[i] = reach.tranches[i];
        for (uint256 i; i < pools.length; ++i) {
            Reached memory pool = payers[reach.directional + i];
            (pool.profit, pool.chargeable) = (amounts[i], amounts[i]);
        }
        uint256 left = _shareAmong(payers, deficit);
        for (uint256 i; i < pools.length; ++i) {
            uint256 charge = payers[reach.directional + i].charge;
            if (charge == 0) continue;
            ClosedProfitLogic.charge(ledger, context.market, short, pools[i], charge);
            result.charged += charge;
            ++result.tranches;
        }
        payers = new Reached[](reach.count - reach.directional);
        for (uint256 i; i < payers.length; ++i) payers[i] = reach.tranches[reach.directional + i];
        _shareAmong(payers, left);
    }

    /// @dev In proportion to profit, each capped by what may be charged; what the caps leave over is shared in proportion to the room
    /// below them.
    /// @return rest what none of them can pay
    function _shareAmong(Reached[] memory payers, uint256 deficit) private pure returns (uint256 rest) {
        (uint256 profit, uint256 chargeable) = _sum(payers);
        rest = deficit;
        deficit = FixedMath.min(deficit, chargeable);
        if (deficit == 0) return rest;
        rest -= deficit;
        uint256 left = deficit;
        for (uint256 i; i < payers.length; ++i) {
            Reached memory reached = payers[i];
            reached.charge = FixedMath.min(reached.chargeable, (deficit * reached.profit) / profit);
            left -= reached.charge;
        }
        uint256 room = chargeable - (deficit - left);
        for (uint256 i; i < payers.length && left != 0; ++i) {
            Reached memory reached = payers[i];
            uint256 below = reached.chargeable - reached.charge;
            uint256 more = FixedMath.min(below, FixedMath.divUp(left * below, room));
            reached.charge += more;
            room -= below;
            left -= more;
        }
    }

    function _sum(Reached[] memory payers) private pure returns (uint256 profit, uint256 chargeable) {
        for (uint256 i; i < payers.length; ++i) {
            profit += payers[i].profit;
            chargeable += payers[i].chargeable;
        }
    }

    /// @dev Applies a tear-up and a charge to one tranche. Rounds against its members: size per share and cash per share down.
    function _apply(
        Ledger storage ledger,
        MarketContext memory context,
        bool short,
        Reached memory reached,
        uint256 price
    ) private {
        Tranche storage stored = ledger.tranches[context.market][PositionLogic.id(reached.key, reached.generation)];
        Tranche memory tranche = stored;
        tranche.cashPerShare = tranche.cashPerShareAt(short, context.fundingIndex).toInt128();
        if (reached.charge != 0) {
            uint256 perShare = FixedMath.divUp(reached.charge * RAY, tranche.shares);
            tranche.cashPerShare -= int256(perShare).toInt128();
            // For all the base there is, so before some of it is torn up.
            stored.charged = (tranche.charged + FixedMath.divUp(perShare * RAY, tranche.sizePerShare)).toUint120();
        }
        _tear(tranche, reached, short, price);
        stored.sizePerShare = tranche.sizePerShare;
        stored.cashPerShare = tranche.cashPerShare;
        if (tranche.fundingIndex != context.fundingIndex) stored.fundingIndex = context.fundingIndex.toInt128();
        int256 closed = int256(reached.take);
        MarketLogic.moveOpenInterest(context, short ? -closed : closed, 0);
        _renew(ledger, context.market, reached, tranche.sizePerShare);
        _report(context.market, reached, price, tranche);
    }

    /// @dev A -= q / S, C +- price * q / S (mechanism section 2). Longs lose at least q and are paid for no more than it,
    /// shorts lose at most q and pay for no less: what rounding leaves over is the ledger's at every later price.
    function _tear(Tranche memory tranche, Reached memory reached, bool short, uint256 price) private pure {
        uint256 scaled = reached.take * RAY;
        uint256 torn = short ? scaled / tranche.shares : FixedMath.divUp(scaled, tranche.shares);
        if (reached.take == reached.size || torn > tranche.sizePerShare) torn = tranche.sizePerShare;
        tranche.sizePerShare -= uint96(torn);
        // WAD * WAD * 1e9 / WAD = RAY
        int256 worth = int256(reached.take * price * 1e9);
        tranche.cashPerShare += FixedMath.divDown(short ? -worth : worth, int256(uint256(tranche.shares))).toInt128();
    }

    function _report(uint8 market, Reached memory reached, uint256 price, Tranche memory tranche) private {
        emit TrancheDeleveraged(
            market,
            reached.key,
            reached.generation,
            reached.take,
            price,
            reached.charge,
            tranche.sizePerShare,
            tranche.cashPerShare
        );
    }

    /// @dev Opens a fresh generation once the current one has ended or has too little size per share for its precision.
    function _renew(Ledger storage ledger, uint8 market, Reached memory reached, uint256 sizePerShare) private {
        if (sizePerShare >= PositionLogic.SMALLEST_SIZE_PER_SHARE) return;
        Tranche storage root = ledger.tranches[market][PositionLogic.id(reached.key, 0)];
        if (root.current == reached.generation) root.current = reached.generation + 1;
        if (sizePerShare == 0) PositionLogic.retire(ledger, market, reached.key, reached.generation);
    }
}
