// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BreakEvenBucket} from "../libraries/BreakEvenBucket.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Held} from "../types/Position.sol";
import {ClosedProfitLogic} from "./ClosedProfitLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @notice One fill off the mark, seen from who loses by it.
/// @param loser account that sells below the mark or buys above it
/// @param winner the other one
/// @param amount how far off it is, quote, WAD
/// @param held the loser's position before the trade
/// @param size what the fill adds to it, base, WAD, signed
/// @param filled base that fills before this one have added, WAD, unsigned
/// @param given what such fills have handed over of the position's open profit, quote, WAD
struct Handover {
    uint32 loser;
    uint32 winner;
    uint256 amount;
    Held held;
    int256 size;
    uint256 filled;
    uint256 given;
}

/// @title Profit lost in trades off the mark
/// @notice Mechanism sections 6, 8 and 10: a charge on the winning side reaches profit of open positions and profit that was closed and
/// has not matured. Who loses either to another account in a trade off the mark has not lost it to the market: it is the same profit
/// in another hand, perhaps another of his own, as a position of the other side or of another market that no charge would ask. So it
/// stays within reach at whoever has won it: cash at once, which matures, in the pool it came out of.
/// @dev Never more than was won in the fill, so nobody's equity changes by it, and a charge leaves who traded at such a price no worse
/// off than at the mark.
library OffMarkLogic {
    using PositionLogic for Held;

    /// @notice Hands over what a fill off the mark loses of the loser's profit: first of what is open in the position, then of what was
    /// closed. Quote, WAD.
    /// @return closed profit that has changed hands; the caller moves as much cash
    /// @return open profit the position loses by the price of the fill itself
    function handOver(
        Ledger storage ledger,
        MarketContext memory context,
        Handover memory fill
    ) external returns (uint256 closed, uint256 open) {
        uint256 maturity = context.maturity;
        if (maturity == 0) return (0, 0);
        open = FixedMath.min(fill.amount, _openProfit(ledger, context, fill));
        if (open < fill.amount && ReachLogic.any(ledger.accounts[fill.loser])) {
            closed = ClosedProfitLogic.hand(ledger, fill.loser, fill.winner, fill.amount - open, maturity);
        }
        if (open == 0) return (closed, open);
        ClosedProfitLogic.grant(ledger, fill.winner, context.market, fill.held.size < 0, open, maturity);
    }

    /// @dev Profit at mark that the fill's price can eat: of what it closes, or of the whole position where it adds. A hedge's is its
    /// coin's loss and in nobody's reach.
    function _openProfit(
        Ledger storage ledger,
        MarketContext memory context,
        Handover memory fill
    ) private view returns (uint256) {
        if (fill.held.size == 0) return 0;
        int256 profit = fill.held.profit(context.price.mark);
        if (profit <= 0) return 0;
        if (BreakEvenBucket.isHedged(ledger.holdings[fill.loser][context.market].position.key)) return 0;
        uint256 whole = FixedMath.abs(fill.held.size);
        if ((fill.held.size > 0) == (fill.size > 0)) return Math.saturatingSub(uint256(profit), fill.given);
        uint256 closing = FixedMath.min(FixedMath.abs(fill.size), Math.saturatingSub(whole, fill.filled));
        return (uint256(profit) * closing) / whole;
    }
}
