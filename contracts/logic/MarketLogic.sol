// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath, PPM, SIGNED_WAD, WAD} from "../libraries/FixedMath.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketConfig, MarketState} from "../types/Market.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Action, Price} from "../types/Price.sol";

/// @title Markets: rates, funding, open interest
/// @notice Mechanism sections 4 (initial margin that rises with open interest) and 5 (funding).
library MarketLogic {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev Interest part of funding per 8 hours and how far the clamp lets it pull the premium, WAD fractions.
    int256 internal constant INTEREST = 0.0001e18;
    int256 internal constant CLAMP = 0.0005e18;

    /// @dev 4 % an hour, over 8 hours.
    int256 internal constant FUNDING_CAP = 0.32e18;
    int256 internal constant FUNDING_PERIOD = 8 hours;

    /// @notice The open interest of a side would fall below zero by more than rounding can explain.
    error OpenInterestUnderflow(uint8 market, uint256 openInterest, int256 delta);

    /// @notice Loads a market with its price for an action; reverts as the validity ladder says.
    function open(Ledger storage ledger, uint8 market, Action action) internal returns (MarketContext memory) {
        return withPrice(ledger, market, ledger.markPrice.priceFor(market, action));
    }

    /// @notice Loads a market with the price of now, whatever its validity, without writing.
    function look(Ledger storage ledger, uint8 market) internal view returns (MarketContext memory) {
        return withPrice(ledger, market, ledger.markPrice.peek(market));
    }

    /// @notice Loads a market with a price already known.
    function withPrice(
        Ledger storage ledger,
        uint8 market,
        Price memory price
    ) internal view returns (MarketContext memory context) {
        MarketConfig storage config = ledger.configs[market];
        MarketState storage state = ledger.states[market];
        context.market = market;
        context.status = config.status;
        context.makerFee = config.makerFee;
        context.takerFee = config.takerFee;
        context.liquidationFee = config.liquidationFee;
        context.maturity = ledger.maturity;
        context.keptRate = config.keptRate;
        context.minimumNotional = config.minimumNotional;
        context.maintenanceRate = (uint256(config.initialMarginRate) * WAD) / PPM / 2;
        context.hedgedRate = FixedMath.min((uint256(config.hedgedMaintenance) * WAD) / PPM, context.maintenanceRate);
        context.spotAsset = config.spotAsset;
        context.price = price;
        context.fundingIndex = fundingIndexNow(state, price);
        context.initialRate = state.initialRate;
    }

    /// @notice Writes back funding and open interest.
    function close(Ledger storage ledger, MarketContext memory context) internal {
        MarketState storage state = ledger.states[context.market];
        if (state.fundingAt != block.timestamp) {
            state.fundingIndex = context.fundingIndex.toInt128();
            state.fundingAt = uint32(block.timestamp);
        }
        if (context.longDelta != 0) {
            state.longOpenInterest = _moved(context.market, state.longOpenInterest, context.longDelta);
        }
        if (context.shortDelta != 0) {
            state.shortOpenInterest = _moved(context.market, state.shortOpenInterest, context.shortDelta);
        }
        if (context.longDelta != 0) scaleInitialRate(ledger, context.market);
    }

    /// @notice Brings the initial margin rate in step with open interest and parameters (mechanism section 4):
    /// imf' = imf + (1 - imf) * clamp((OI - lo) / (hi - lo), 0, 1), rounded up.
    function scaleInitialRate(Ledger storage ledger, uint8 market) internal {
        MarketConfig storage config = ledger.configs[market];
        MarketState storage state = ledger.states[market];
        uint256 base = (uint256(config.initialMarginRate) * WAD) / PPM;
        uint256 low = config.openInterestLow;
        uint256 high = config.openInterestHigh;
        uint256 over = Math.saturatingSub(FixedMath.min(state.longOpenInterest, high), low);
        uint64 rate = uint64(base + FixedMath.divUp((WAD - base) * over, high - low));
        if (rate != state.initialRate) state.initialRate = rate;
    }

    /// @notice The funding index as of now: index * rate per second * seconds since the last accrual, RAY.
    function fundingIndexNow(MarketState storage state, Price memory price) internal view returns (int256) {
        int256 elapsed = int256(block.timestamp - state.fundingAt);
        if (elapsed == 0 || state.fundingAt == 0) return state.fundingIndex;
        // WAD * WAD * seconds / (1e9 * period) = RAY
        int256 growth = (int256(price.index) * fundingRate(price.premium) * elapsed) / (1e9 * FUNDING_PERIOD);
        return state.fundingIndex + growth;
    }

    /// @notice Funding per 8 hours as a WAD fraction: P + clamp(0.01 % - P, +-0.05 %), at most 4 % an hour.
    function fundingRate(int256 premium) internal pure returns (int256) {
        int256 rate = premium + FixedMath.clamp(INTEREST - premium, -CLAMP, CLAMP);
        return FixedMath.clamp(rate, -FUNDING_CAP, FUNDING_CAP);
    }

    /// @notice Records the change a position's move makes to open interest.
    function moveOpenInterest(MarketContext memory context, int256 before, int256 afterwards) internal pure {
        context.longDelta += (afterwards > 0 ? afterwards : int256(0)) - (before > 0 ? before : int256(0));
        context.shortDelta += (before < 0 ? before : int256(0)) - (afterwards < 0 ? afterwards : int256(0));
    }

    /// @dev Positions round against their holders (longs down, shorts up), so the last one out may take a few wei more than
    /// the counter holds: that dust ends at zero. More is an error.
    function _moved(uint8 market, uint256 openInterest, int256 delta) private pure returns (uint96) {
        int256 moved = int256(openInterest) + delta;
        if (moved < 0) {
            if (moved < -SIGNED_WAD / 1e6) revert OpenInterestUnderflow(market, openInterest, delta);
            return 0;
        }
        return uint256(moved).toUint96();
    }
}
