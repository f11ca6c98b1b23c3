// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {PPM} from "../libraries/FixedMath.sol";

/// @title What the waterfall is connected to and how it is paced
/// @notice Mechanism section 7. Unsafe parameters revert with the rule they break.
abstract contract LiquidationSettings is ILiquidationEngine, AccessManaged {
    IClearingHouse public immutable LEDGER;
    IOrderBook public immutable BOOK;
    IMarkPrice public immutable MARK_PRICE;

    IBackstopVault public backstop;
    IInsuranceFund public insurance;
    Parameters internal _parameters;

    constructor(
        IClearingHouse ledger,
        IOrderBook book,
        IMarkPrice markPrice,
        address authority
    ) AccessManaged(authority) {
        LEDGER = ledger;
        BOOK = book;
        MARK_PRICE = markPrice;
        _parameters = Parameters({
            buffer: 100_000,
            slice: 200_000,
            sliceAbove: 100_000,
            cooldown: 30,
            rewardRate: 250,
            maxReward: 500,
            maxMakers: 96,
            maxTranches: 64
        });
        emit ParametersSet(_parameters);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Sets how the waterfall is paced. Governance. Reverts with UnsafeParameter and the rule broken.
    function setParameters(Parameters calldata parameters_) external restricted {
        _requireAtMost("buffer at most 100 %", parameters_.buffer, PPM);
        _requireAtMost("slice at most the position", parameters_.slice, PPM);
        _requireAtLeast("slice at least 1 %", parameters_.slice, PPM / 100);
        _requireAtMost("cooldown at most an hour", parameters_.cooldown, 1 hours);
        _requireAtMost("reward at most 1 %", parameters_.rewardRate, PPM / 100);
        _requireAtLeast("at least one maker", parameters_.maxMakers, 1);
        _requireAtMost("at most 256 makers", parameters_.maxMakers, 256);
        _requireAtLeast("at least one tranche", parameters_.maxTranches, 1);
        _requireAtMost("at most 256 tranches", parameters_.maxTranches, 256);
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    /// @notice Sets the backstop vault; none with the zero address. Governance.
    function setBackstop(IBackstopVault vault) external restricted {
        backstop = vault;
        emit BackstopSet(address(vault));
    }

    /// @notice Sets the insurance fund; none with the zero address. Governance.
    function setInsurance(IInsuranceFund fund) external restricted {
        insurance = fund;
        emit InsuranceSet(address(fund));
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice How the waterfall is paced.
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    function _requireAtMost(string memory rule, uint256 value, uint256 limit) private pure {
        if (value > limit) revert UnsafeParameter(rule, value, limit);
    }

    function _requireAtLeast(string memory rule, uint256 value, uint256 limit) private pure {
        if (value < limit) revert UnsafeParameter(rule, value, limit);
    }
}
