// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PPM} from "../libraries/FixedMath.sol";
import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";
import {DeficitMode, MarketConfig} from "../types/Market.sol";

/// @title What makes a set of parameters unsafe though the arithmetic would take it
/// @notice Architecture rule 8. Each rule keeps two defences from undoing one another; a rule's name says why it is there. What the
/// arithmetic itself needs is checked where it is used, in ListingLogic.
library ParameterLints {
    /// @notice A parameter breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);

    /// @dev Seconds a keeper needs to see a price and to have acted on it: two blocks of two seconds.
    uint256 internal constant KEEPER_SECONDS = 4;

    /// @dev What the depth behind an open-interest cap is the minimum over. Profit that matures sooner would leave before the cap
    /// has seen the depth go that made it.
    uint256 internal constant DEPTH_SECONDS = 30 minutes;

    /// @dev Seconds after which a feed has reported that its deviation was exceeded, and the smallest deviation feeds have, ppm.
    uint256 internal constant FEED_DELAY = 60;
    uint256 internal constant LEAST_DEVIATION = 500;

    /// @notice The rules a market's parameters must keep. Maturity and kept rate are off at zero.
    function market(MarketConfig storage config) external view {
        uint256 initial = config.initialMarginRate;
        _atLeast("initial margin at least 1 %", initial, 10_000);
        _atMost("maker fee at most 1 %", config.makerFee, 10_000);
        _atMost("taker fee at most 1 %", config.takerFee, 10_000);
        // Otherwise an account at maintenance could not pay for its own liquidation.
        uint256 fees = uint256(config.liquidationFee) + config.takerFee;
        _atMost("liquidation fee at most maintenance less taker fee", fees, initial / 2);
        // A hedge's margin is no higher than the rest of a short's.
        _atMost("hedged maintenance at most maintenance", config.hedgedMaintenance, initial / 2);
        _atMost("refresh reward at most 10 quote", config.refreshReward, 1_000);
        _atMost("backstop threshold at most 100 %", config.backstopThreshold, PPM);
        _atMost("maturity at most 30 days", config.maturity, 30 days);
        if (config.maturity != 0) {
            _atLeast("maturity outlasts the depth window", config.maturity, DEPTH_SECONDS);
            // A thin market has a high margin: an hour for each 10 % of it, so that 5x leverage waits two hours.
            _atLeast("maturity as long as the market is thin", config.maturity, (initial * 1 hours) / 100_000);
        }
        if (config.keptRate != 0) {
            // A kept rate below initial margin keeps nothing; one above 100 % nobody could leave with.
            _atLeast("kept margin at least initial margin", config.keptRate, initial);
            _atMost("kept margin at most 100 %", config.keptRate, PPM);
        }
        if (config.deficitMode == DeficitMode.TORN_UP) _askNoLeverage(config.policy);
    }

    /// @notice The rules between a market's margin and the limits of its mark.
    /// @param initialMarginRate parts per million; maintenance is half of it
    /// @param band farthest the mark may be from the index, parts per million
    /// @param speed farthest it may move in a second, parts per million
    function mark(uint256 initialMarginRate, uint256 band, uint256 speed) external pure {
        // An account falls from maintenance to nothing in maintenance / speed seconds, in which a keeper must have acted.
        uint256 fastest = initialMarginRate / 2 / KEEPER_SECONDS;
        _atMost("mark crosses maintenance slower than a keeper acts", speed, fastest);
        // The book alone can carry the mark to its band: not so far that it liquidates who opened at the index with full initial
        // margin. Of a long, equity falls by the band while maintenance shrinks; of a short, maintenance grows with the mark.
        uint256 widest = (initialMarginRate * PPM) / (2 * PPM + initialMarginRate);
        _atMost("mark band at most (initial - maintenance) / (1 + maintenance)", band, widest);
    }

    /// @notice The rules of a spot asset as collateral.
    /// @param haircut parts per million
    /// @param discount parts per million
    /// @param initialMarginRate of the market that prices it, parts per million
    function spot(uint256 haircut, uint256 discount, uint256 initialMarginRate) external pure {
        // A buyer who got more than the haircut off would leave the account worse than it was valued; and while it is sold the
        // price may fall by what a position in it is given.
        _atMost("discount at most the haircut", discount, haircut);
        uint256 spare = haircut - discount;
        if (haircut < PPM) _atLeast("haircut beyond discount covers maintenance", spare, initialMarginRate / 2);
    }

    /// @notice The rules between a market's limits in the backstop vault and what is allotted to it.
    /// @param loss most in a window, quote, whole units
    /// @param leverage most notional per equity, parts per million
    /// @param allotted capital of the market's account, quote, whole units
    /// @param initialMarginRate of the market, parts per million
    function backstop(uint256 loss, uint256 leverage, uint256 allotted, uint256 initialMarginRate) external pure {
        uint256 highest = initialMarginRate == 0 ? 0 : (PPM * PPM) / initialMarginRate;
        _atMost("leverage at most 1 / initial margin", leverage, highest);
        // A limit beyond the capital is none: the account is bankrupt before it is reached. Inventory needs no rule, since what the
        // vault takes over is held against the account's equity each time.
        _atMost("loss at most the allotted capital", loss, allotted);
    }

    /// @notice The rules of the terms on which a house deals, against those who know the price before its feed does.
    /// @param spread half of the distance between its prices, parts per million of the index
    /// @param deviation what the index may be off before a feed reports, parts per million
    /// @param gap farthest the mark may be from the index while shares are dealt in, parts per million
    /// @param committed parts of its equity it may hold in all markets together, parts per million
    /// @param window seconds in which what it may add to its inventory refills
    function house(uint256 spread, uint256 deviation, uint256 gap, uint256 committed, uint256 window) external pure {
        _atLeast("deviation at least 0.05 %", deviation, LEAST_DEVIATION);
        _atLeast("spread at least the deviation", spread, deviation);
        // Otherwise the noise of the book keeps shareholders in.
        _atLeast("gap at least the spread", gap, spread);
        // Full limits in all markets together do not lever it.
        _atMost("equity shares together at most 100 %", committed, PPM);
        _atLeast("window at least a feed's delay of 60 s", window, FEED_DELAY);
    }

    /// @dev Where those torn up pay, a policy that goes by leverage would say who pays by what a margin deposited for a moment changes.
    function _askNoLeverage(IDeleveragingPolicy policy) private view {
        uint8 lowest = policy.priority(1, 0, false);
        uint8 highest = policy.priority(1, type(uint256).max, false);
        uint256 classes = lowest > highest ? lowest - highest : highest - lowest;
        _atMost("those torn up pay only where leverage gives no class", classes, 0);
    }

    function _atMost(string memory rule, uint256 value, uint256 limit) private pure {
        if (value > limit) revert UnsafeParameter(rule, value, limit);
    }

    function _atLeast(string memory rule, uint256 value, uint256 limit) private pure {
        if (value < limit) revert UnsafeParameter(rule, value, limit);
    }
}
